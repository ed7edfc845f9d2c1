// Decisions and outcomes as a gateway makes them, without the gateway: for what the decision log costs.
import { newDecisionId, seededRandom } from '../src/base/index.ts';

const random = seededRandom(1);
const POOLS = ['fast', 'strong', 'large'];

/** `learnt`: a bandit's decision, with predictions for every candidate. */
export function sampleDecision(learnt: boolean) {
  const id = newDecisionId();
  const at = Date.now();
  const chosen = POOLS[Math.floor(random() * 3)] ?? 'fast';
  return {
    id,
    at,
    requestedModel: 'auto',
    route: 'main',
    strategy: learnt ? 'bandit' : 'fixed',
    stages: [{ pool: chosen, fallbacks: POOLS.filter((pool) => pool !== chosen), accept: undefined }],
    candidates: POOLS.map((pool) => ({
      pool,
      arm: `model-${pool}@${pool}`,
      model: `model-${pool}`,
      excluded: undefined,
      expectedCostUsd: random() / 1000,
      quality: learnt ? random() : undefined,
      qualitySd: learnt ? random() : undefined,
      utility: learnt ? random() : undefined,
      propensity: learnt ? random() : pool === chosen ? 1 : 0,
    })),
    passedOver: [],
    reason: learnt ? `bandit: ${chosen}, utility ${random().toFixed(3)} of topic code` : `fixed: ${chosen}, first of 3`,
    plan: 'a1b2c3d4e5f6',
    learnerVersion: 1234,
    draw: random(),
  };
}

export function sampleWorkload(learnt: boolean) {
  return {
    kind: 'chat',
    requestedModel: 'auto',
    stream: true,
    tokens: { input: 200 + Math.floor(random() * 500), maxOutput: 256 },
    turns: 1,
    messages: 2,
    tools: [],
    images: 0,
    wantsJson: false,
    system: 'f00dfeedf00dfeed',
    session: Math.floor(random() * 2 ** 48).toString(16),
    topic: learnt ? 'code' : 'unknown',
    topicConfidence: learnt ? random() : 0,
  };
}

export const sampleContext = (learnt: boolean) =>
  learnt
    ? { indices: [0, 3, 7, 9], values: [1, Math.fround(random()), Math.fround(random()), Math.fround(random())] }
    : { indices: [0, 15], values: [1, 1] };

export function sampleAttempt(pool: string) {
  return {
    stage: 0,
    pool,
    endpoint: 'http://10.0.0.1:8000/v1',
    status: 200,
    errorCode: undefined,
    ttftMs: random() * 100,
    usage: { inputTokens: 300, outputTokens: 128, estimated: false },
    costUsd: random() / 1000,
    verdict: undefined,
  };
}
