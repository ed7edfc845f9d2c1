// Token estimates against what servers told.
import { expect, it } from 'vitest';
import { readRecord, tokenError } from './log-record.ts';

const line = (input: number, truth: number, attempts = 1, estimated = false): unknown => ({
  id: 'd',
  workload: { tokens: { input } },
  outcome: {
    finish: 'completed',
    status: 200,
    attempts: Array.from({ length: attempts }, () => ({ endpoint: 'e' })),
    usage: { inputTokens: truth, estimated },
    overheadMs: 1,
  },
  feedback: null,
});

it('takes answers of one attempt whose server told the count', () => {
  const log = [line(90, 100), line(330, 300), line(1, 100, 2), line(1, 100, 1, true)].map(readRecord);
  const error = tokenError(log);
  expect(error.requests).toBe(2);
  expect(error.p50).toBeCloseTo(0.1);
  expect(error.bias).toBeCloseTo(0.05);
});

it('refuses what is no record', () => {
  expect(() => readRecord({ id: 'd' })).toThrow();
});
