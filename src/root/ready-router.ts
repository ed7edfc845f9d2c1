// A plan -> the router that serves it, with all that it needs of its surroundings: callers' keys, the embedder, topics read by it.
import type { Plan } from '../policy/index.ts';
import { createRouter, type Router } from '../router/index.ts';
import type { EmbedderSeat } from './embedder-seat.ts';
import type { OpenedEyes } from './eyes.ts';
import { openCallers } from './open-callers.ts';
import { openTopics, type TopicSurroundings } from './open-topics.ts';
import type { PoolSurroundings } from './pool-configs.ts';
import type { Prepared } from './routing.ts';

export interface RouterSurroundings extends Omit<PoolSurroundings, 'fleet'>, TopicSurroundings {
  readonly logger: PoolSurroundings['logger'];
  readonly embedders: EmbedderSeat;
}

/** Why the encoder cannot be asked has been said the first time. */
const SILENT = { warn: () => undefined };

/** Nothing has changed until `swap` is called. Rejects with configErrors and embeddingErrors: the plan cannot be served. */
export async function readyRouter(
  plan: Plan,
  eyes: Pick<OpenedEyes, 'load'>,
  around: RouterSurroundings,
): Promise<Prepared> {
  await eyes.load(plan);
  const callers = openCallers(plan, around);
  // Last: what else is wrong with a plan is then said before a model is loaded, and need not unload it.
  const { embedder, swap, discard } = await around.embedders.prepare(plan);
  try {
    const topics = await openTopics(plan, embedder, around);
    const router = createRouter(plan, { callers, topics });
    if (topics?.why === undefined) return { router, swap };
    const complete = async (): Promise<Router | undefined> => {
      const again = await openTopics(plan, embedder, { ...around, logger: SILENT });
      if (again?.why !== undefined) return undefined;
      around.logger.info('topics are told by the encoder again');
      return createRouter(plan, { callers, topics: again });
    };
    return { router, swap, complete };
  } catch (error) {
    await discard();
    throw error;
  }
}
