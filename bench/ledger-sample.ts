// Decisions and outcomes as a gateway makes them, without the gateway: for what the decision log costs.
import { newDecisionId, seededRandom } from '../src/base/index.ts';
import type { Outcome } from '../src/feedback/index.ts';
import type { RequestRecord } from '../src/gateway/record.ts';

const random = seededRandom(1);
const POOLS = ['fast', 'strong', 'large'];
const TOPICS = ['code', 'math', 'writing'] as const;
const TIMEOUTS = { ttftMs: 300_000, itlMs: 120_000, totalMs: 3_600_000 };

const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** `learnt`: a bandit's decision, with predictions for every candidate. */
export function sampleRecord(learnt: boolean): RequestRecord {
  const id = newDecisionId();
  const at = Date.now();
  const chosen = pick(POOLS);
  const topic = learnt ? pick(TOPICS) : 'unknown';
  const input = 200 + Math.floor(random() * 500);
  const expected = (): number | undefined => (learnt ? random() : undefined);
  return {
    v: 2,
    id,
    at,
    decision: {
      id,
      at,
      requestedModel: 'auto',
      route: 'main',
      strategy: learnt ? 'bandit' : 'fixed',
      stages: [{ pool: chosen, fallbacks: POOLS.filter((pool) => pool !== chosen), accept: undefined }],
      candidates: POOLS.map((pool) => ({
        pool,
        model: `model-${pool}`,
        arm: `model-${pool}@${pool}`,
        fallbackOnly: false,
        excluded: undefined,
        expectedCostUsd: random() / 1000,
        expectedTtftMs: undefined,
        expectedE2eMs: undefined,
        quality: expected(),
        qualitySd: expected(),
        utility: expected(),
        propensity: expected() ?? (pool === chosen ? 1 : 0),
      })),
      passedOver: [],
      confined: undefined,
      signals: [],
      timeouts: TIMEOUTS,
      reason: learnt
        ? `bandit: ${chosen}, best known utility on ${topic}, utility ${random().toFixed(3)}, p ${random().toFixed(3)}`
        : `fixed: ${chosen}, first of 3`,
      plan: 'a1b2c3d4e5f6',
      learnerVersion: 1234,
      draw: random(),
    },
    workload: {
      operation: 'chat',
      kind: 'chat',
      requestedModel: 'auto',
      stream: true,
      tokens: { input, maxOutput: 256 },
      expectedInputTokens: input + 8,
      topic,
      topicConfidence: expected() ?? 0,
      turns: 1,
      messages: 2,
      roles: { system: 1, user: 1, assistant: 0, tool: 0 },
      tools: [],
      toolResults: 0,
      toolFailures: 0,
      images: 0,
      wantsJson: false,
      reasoningEffort: undefined,
      system: 'f00dfeedf00dfeed',
      session: Math.floor(random() * 2 ** 48).toString(16),
      slo: undefined,
      tags: {},
      caller: undefined,
      task: undefined,
      taskConfidence: undefined,
      difficulty: undefined,
      asksFacts: undefined,
      feedback: undefined,
      reask: undefined,
      language: undefined,
    },
    chosen,
    context: learnt
      ? { indices: [0, 3, 7, 9], values: [1, Math.fround(random()), Math.fround(random()), Math.fround(random())] }
      : { indices: [0, 15], values: [1, 1] },
    contextFingerprint: 'bench',
    text: undefined,
  };
}

export function sampleOutcome({ id, at, chosen }: RequestRecord): Outcome {
  const usage = { inputTokens: 300, cachedInputTokens: 0, outputTokens: 128, estimated: false };
  const costUsd = random() / 1000;
  const ttftMs = random() * 100;
  return {
    v: 2,
    decisionId: id,
    at: at + 800,
    finish: 'completed',
    status: 200,
    errorCode: undefined,
    answeredBy: chosen,
    attempts: [
      {
        stage: 0,
        pool: chosen,
        endpoint: 'http://10.0.0.1:8000/v1',
        status: 200,
        errorCode: undefined,
        ttftMs,
        itlMs: random() * 20,
        queuedMs: 0,
        sentMs: random(),
        tookMs: random() * 1000,
        usage,
        costUsd,
        verdict: undefined,
      },
    ],
    usage: { ...usage },
    costUsd,
    ttftMs,
    e2eMs: random() * 1000,
    overheadMs: random(),
  };
}
