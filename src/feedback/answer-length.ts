// How long an answer was, to predict what the next one costs: pure.
import type { Outcome, RecordedCandidate } from './types.ts';

export interface AnswerLength {
  readonly arm: string;
  readonly outputTokens: number;
}

/** undefined: there was no whole answer that has a length. */
export function answerLength(candidates: readonly RecordedCandidate[], outcome: Outcome): AnswerLength | undefined {
  const { answeredBy, finish } = outcome;
  if (answeredBy === undefined || finish !== 'completed') return undefined;
  // Of a cascade, only the answering stage's own tokens say how long that model's answers are.
  const own = outcome.attempts.findLast((attempt) => attempt.pool === answeredBy)?.usage;
  const arm = candidates.find((candidate) => candidate.pool === answeredBy)?.arm;
  // An embedding, or nothing at all, has none.
  if (own === undefined || own.outputTokens <= 0 || arm === undefined) return undefined;
  return { arm, outputTokens: own.outputTokens };
}
