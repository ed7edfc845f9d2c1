// How the gateway's decisions lie in the log: the names are what readers of the log see.
import { ID, layout, PLAIN } from '../feedback/index.ts';
import type { RequestRecord } from './record.ts';

const candidate = layout<RequestRecord['decision']['candidates'][number]>({
  pool: PLAIN,
  model: PLAIN,
  arm: PLAIN,
  fallbackOnly: PLAIN,
  excluded: PLAIN,
  expectedCostUsd: PLAIN,
  expectedTtftMs: PLAIN,
  expectedE2eMs: PLAIN,
  quality: PLAIN,
  qualitySd: PLAIN,
  utility: PLAIN,
  propensity: PLAIN,
});

const stage = layout<RequestRecord['decision']['stages'][number]>({ pool: PLAIN, fallbacks: PLAIN, accept: PLAIN });

const decision = layout<RequestRecord['decision']>({
  id: ID,
  at: PLAIN,
  requestedModel: PLAIN,
  route: PLAIN,
  strategy: PLAIN,
  stages: [stage],
  candidates: [candidate],
  passedOver: PLAIN,
  confined: PLAIN,
  signals: PLAIN,
  timeouts: layout<RequestRecord['decision']['timeouts']>({ ttftMs: PLAIN, itlMs: PLAIN, totalMs: PLAIN }),
  reason: PLAIN,
  plan: PLAIN,
  learnerVersion: PLAIN,
  draw: PLAIN,
});

const workload = layout<RequestRecord['workload']>({
  operation: PLAIN,
  kind: PLAIN,
  requestedModel: PLAIN,
  stream: PLAIN,
  tokens: layout<RequestRecord['workload']['tokens']>({ input: PLAIN, maxOutput: PLAIN }),
  expectedInputTokens: PLAIN,
  topic: PLAIN,
  topicConfidence: PLAIN,
  turns: PLAIN,
  messages: PLAIN,
  roles: layout<RequestRecord['workload']['roles']>({ system: PLAIN, user: PLAIN, assistant: PLAIN, tool: PLAIN }),
  tools: PLAIN,
  toolResults: PLAIN,
  toolFailures: PLAIN,
  images: PLAIN,
  wantsJson: PLAIN,
  reasoningEffort: PLAIN,
  system: PLAIN,
  session: PLAIN,
  slo: PLAIN,
  tags: PLAIN,
  caller: PLAIN,
  task: PLAIN,
  taskConfidence: PLAIN,
  difficulty: PLAIN,
  asksFacts: PLAIN,
  feedback: PLAIN,
  reask: PLAIN,
  language: PLAIN,
});

export const recordLayout = layout<RequestRecord>({
  v: PLAIN,
  id: ID,
  at: PLAIN,
  decision,
  workload,
  chosen: PLAIN,
  context: layout<RequestRecord['context']>({ indices: PLAIN, values: PLAIN }),
  contextFingerprint: PLAIN,
  text: PLAIN,
});
