// How outcomes lie in the log.
import { ID, layout, PLAIN } from './layout.ts';
import type { Attempt, Outcome, Usage } from './types.ts';

const usage = layout<Usage>({
  inputTokens: PLAIN,
  cachedInputTokens: PLAIN,
  outputTokens: PLAIN,
  estimated: PLAIN,
});

const attempt = layout<Attempt>({
  stage: PLAIN,
  pool: PLAIN,
  endpoint: PLAIN,
  status: PLAIN,
  errorCode: PLAIN,
  ttftMs: PLAIN,
  itlMs: PLAIN,
  queuedMs: PLAIN,
  sentMs: PLAIN,
  tookMs: PLAIN,
  usage,
  costUsd: PLAIN,
  verdict: PLAIN,
});

export const outcomeLayout = layout<Outcome>({
  v: PLAIN,
  decisionId: ID,
  at: PLAIN,
  finish: PLAIN,
  status: PLAIN,
  errorCode: PLAIN,
  answeredBy: PLAIN,
  attempts: [attempt],
  usage,
  costUsd: PLAIN,
  ttftMs: PLAIN,
  e2eMs: PLAIN,
  overheadMs: PLAIN,
});
