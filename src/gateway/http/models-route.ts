// GET /v1/models: the names that a request may ask for: aliases, pools and models, with what may answer.
import type { FastifyInstance } from 'fastify';
import type { PoolSpec } from '../../policy/index.ts';
import { routerErrors, type Router } from '../../router/index.ts';
import type { Gateway } from '../types.ts';

export function modelsRoute(app: FastifyInstance, gateway: Gateway): void {
  app.get('/v1/models', async () => ({ object: 'list', data: listModels(gateway.router()) }));
  app.get<{ Params: { model: string } }>('/v1/models/:model', async (request) => {
    const { model } = request.params;
    const models = listModels(gateway.router());
    const found = models.find((entry) => entry.id === model);
    if (found !== undefined) return found;
    const known = models.map((entry) => entry.id).join(', ');
    throw routerErrors.modelNotFound.with({ param: 'model' }, model.slice(0, 100), known);
  });
}

/** Every entry has every key; what its pools differ in is null. */
interface ModelEntry {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: `sluice-${Kind}`;
  readonly kind: Kind;
  /** That may answer. */
  readonly pools: readonly string[];
  /** The largest of theirs, in tokens. */
  readonly context_window: number;
  readonly engine: string | null;
  /** US dollars per million tokens. */
  readonly price: {
    readonly input_per_mtok: number;
    readonly cached_input_per_mtok: number;
    readonly output_per_mtok: number;
  } | null;
}

type Kind = 'alias' | 'pool' | 'model';

/** As a request's `model` is read: an alias goes before a pool of that name, a pool before a model. */
function listModels({ plan, routes }: Router): ModelEntry[] {
  const entries = new Map<string, ModelEntry>();
  const add = (id: string, kind: Kind, pools: readonly PoolSpec[]): void => {
    if (!entries.has(id)) entries.set(id, describe(id, kind, pools));
  };
  for (const [alias, last] of plan.aliases) {
    const unconditional = routes.findIndex((route, i) => i === last || route.plan.when === undefined);
    const reached = routes.slice(0, unconditional + 1);
    const names = new Set(reached.flatMap(({ arms }) => arms.map(({ pool }) => pool)));
    add(
      alias,
      'alias',
      [...plan.pools.values()].filter(({ name }) => names.has(name)),
    );
  }
  for (const pool of plan.pools.values()) add(pool.name, 'pool', [pool]);
  for (const { model } of plan.pools.values()) {
    add(
      model,
      'model',
      [...plan.pools.values()].filter((pool) => pool.model === model),
    );
  }
  return [...entries.values()];
}

function describe(id: string, kind: Kind, pools: readonly PoolSpec[]): ModelEntry {
  const [first] = pools;
  const { price, engine } = first ?? {};
  const onePrice =
    price !== undefined &&
    pools.every(
      (pool) =>
        pool.price.inputPerMTok === price.inputPerMTok &&
        pool.price.cachedInputPerMTok === price.cachedInputPerMTok &&
        pool.price.outputPerMTok === price.outputPerMTok,
    );
  return {
    id,
    object: 'model',
    created: 0,
    owned_by: `sluice-${kind}`,
    kind,
    pools: pools.map(({ name }) => name),
    context_window: Math.max(0, ...pools.map(({ contextWindow }) => contextWindow)),
    engine: engine !== undefined && pools.every((pool) => pool.engine === engine) ? engine : null,
    price: onePrice
      ? {
          input_per_mtok: price.inputPerMTok,
          cached_input_per_mtok: price.cachedInputPerMTok,
          output_per_mtok: price.outputPerMTok,
        }
      : null,
  };
}
