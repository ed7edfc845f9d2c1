// A plan asked what it would do, with nothing served: the way of a request from its body to its Decision, over pools that are said to be there.
import { SluiceError, type Clock } from '../base/index.ts';
import { decideOn, parseRequest, readHints, type Decider } from '../gateway/index.ts';
import { createLearner, observationWeight, sparse, type LearnerSnapshot } from '../learning/index.ts';
import {
  askableFor,
  createCallerBook,
  factReader,
  FACTS,
  giveFacts,
  sha256Of,
  tellFact,
  type CallerBook,
  type Given,
  type Plan,
} from '../policy/index.ts';
import {
  createRouter,
  learnerArms,
  nearnessByText,
  type Decision,
  type PoolSnapshot,
  type Router,
} from '../router/index.ts';

import {
  buildContext,
  CONTEXT_DIMENSIONS,
  createTokenCalibration,
  createLanguageDetector,
  loadClassifier,
  textsOf,
  TOPICS,
  type Eyes,
  type Operation,
  type TopicPosterior,
  type Workload,
} from '../workload/index.ts';
import { lazyTable } from './lazy-table.ts';
import { openTopics } from './open-topics.ts';

export interface OfflineRequest {
  readonly operation: Operation;
  readonly body: object;
  /** In small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Who of the policy's callers sends it. */
  readonly caller: string | undefined;
  readonly given: Given;
  /** Facts that shall be told whether or not the plan asks for them. */
  readonly facts: readonly string[];
}

export type OfflineDecision =
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly workload: Workload;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'refused'; readonly error: SluiceError };

export interface Offline {
  readonly router: Router;
  /** The same question has the same answer: nothing is kept from one to the next. */
  readonly ask: (request: OfflineRequest) => OfflineDecision;
}

/** Of answers that nobody predicted, as of a decision that was not the bandit's. */
const EXPECTED = 0.5;

const SURROUNDINGS = { logger: { warn: () => undefined }, table: lazyTable(undefined) };

const STANDING: Clock = { now: () => 0, monotonicMs: () => 0 };

/** Topics of the plan's own are told by the built-in features: no encoder is opened. `asked`: facts that will be told beside what the plan asks. */
export async function createOffline(plan: Plan, asked: readonly string[] = []): Promise<Offline> {
  const callers = callersOf(plan);
  const router = createRouter(plan, { callers, topics: await openTopics(plan, undefined, SURROUNDINGS) });
  const language = createLanguageDetector();
  if ([...plan.needs.facts, ...asked].includes('language')) await language.load();
  const eyes: Eyes = { classifier: loadClassifier(), language };
  return {
    router,
    ask: ({ operation, body, headers, caller, given, facts }) => {
      const asking = given.facts ?? {};
      const readFacts: Router['readFacts'] = (sight) => giveFacts(plan, asking, router.readFacts(sight));
      const told: Router = { ...router, plan: needing(plan, facts), readFacts };
      const decider: Decider = {
        clock: STANDING,
        random: () => given.draw ?? 0.5,
        eyes: eyesOf(eyes, asking),
        calibration: calibrationOf(asking),
        learner: () => learnerOf(router, given.learned ?? []),
        pools: { snapshot: () => poolsOf(plan, given), retryAfterSeconds: () => undefined },
      };
      try {
        const key = caller === undefined ? {} : { authorization: `Bearer ${caller}` };
        const { hints } = readHints({ ...headers, ...key }, callers);
        const request = parseRequest(operation, Buffer.from(JSON.stringify(body)), hints);
        const decided = decideOn(decider, told, request);
        if (decided instanceof Promise) throw new Error('an encoder was asked where there is none');
        const { decision, workload } = decided;
        const read = factReader(askableFor(plan, facts));
        const texts = textsOf(request);
        const nearness = router.topics && nearnessByText(router.topics, texts);
        const seen = giveFacts(plan, asking, read({ workload, texts, nearness }));
        return {
          kind: 'decided',
          decision,
          workload,
          facts: Object.fromEntries(facts.map((name) => [name, tellFact(plan, name, seen)])),
        };
      } catch (error) {
        if (error instanceof SluiceError) return { kind: 'refused', error };
        throw error;
      }
    },
  };
}

/** Keys are not asked for: a caller's name is its key. undefined: the plan names no callers. */
function callersOf({ callers, requireCaller }: Plan): CallerBook | undefined {
  if (callers.size === 0) return undefined;
  const known = [...callers.values()].map(({ name, role, tags }) => [sha256Of(name), { name, role, tags }] as const);
  return createCallerBook(new Map(known), requireCaller);
}

/** The plan, with the text looked at where facts about it are to be told. */
function needing(plan: Plan, names: readonly string[]): Plan {
  const reads = new Set(FACTS.flatMap(({ name, reads: what }) => (names.includes(name) ? [what] : [])));
  const { topic, sight } = plan.needs;
  return { ...plan, needs: { ...plan.needs, topic: topic || reads.has('topic'), sight: sight || reads.has('sight') } };
}

/** Strategies look at topic and difficulty too: they see those that are given. */
function eyesOf(
  eyes: Eyes,
  { topic, topic_confidence: confidence = 1, difficulty }: Readonly<Record<string, unknown>>,
): Eyes {
  if (topic === undefined && difficulty === undefined) return eyes;
  const { classifier } = eyes;
  return {
    ...eyes,
    classifier: {
      fingerprint: classifier.fingerprint,
      read: (text) => {
        const reading = classifier.read(text);
        return {
          topic: () => (typeof topic === 'string' ? posteriorOf(topic, Number(confidence)) : reading.topic()),
          task: () => reading.task(),
          difficulty: () => (typeof difficulty === 'number' ? difficulty : reading.difficulty()),
          asksFacts: () => reading.asksFacts(),
          feedback: () => reading.feedback(),
        };
      },
    },
  };
}

/** The other topics share the rest of the probability evenly. */
function posteriorOf(topic: string, confidence: number): TopicPosterior {
  const names: readonly string[] = [...TOPICS, 'unknown'];
  const probabilities = new Float32Array(names.length).fill((1 - confidence) / (names.length - 1));
  const at = names.indexOf(topic);
  if (at >= 0) probabilities[at] = confidence;
  return { topic: topic as TopicPosterior['topic'], confidence, probabilities };
}

/** Context windows and costs see the input that is given. */
function calibrationOf({ 'tokens.input': tokens }: Readonly<Record<string, unknown>>): Decider['calibration'] {
  return typeof tokens === 'number' ? { inputTokens: () => tokens } : createTokenCalibration();
}

function learnerOf(router: Router, learned: NonNullable<Given['learned']>): LearnerSnapshot {
  const learner = createLearner(learnerArms(router), CONTEXT_DIMENSIONS);
  for (const { topic = 'unknown', pool, score, times = 50 } of learned) {
    const arm = router.arms.get(pool);
    if (arm === undefined) throw new Error(`no pool "${pool}" in the plan`);
    const context = sparse(buildContext(posteriorOf(topic, 1).probabilities));
    const weight = observationWeight(EXPECTED);
    const reward = { arm: arm.key, context, value: score, previousValue: undefined, weight, propensity: undefined };
    for (let i = 0; i < times; i++) learner.observe(reward);
  }
  return learner.snapshot();
}

function poolsOf(plan: Plan, { unhealthy = [], observed = {} }: Given): PoolSnapshot {
  return new Map(
    [...plan.pools.keys()].map((pool) => {
      const { ttftMs, tpotMs, inFlight = 0 } = observed[pool] ?? {};
      return [pool, { healthyEndpoints: unhealthy.includes(pool) ? 0 : 1, inFlight, ttftMs, tpotMs }];
    }),
  );
}
