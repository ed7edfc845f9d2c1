// What counts as a right answer, and what it cost.
import { expect, it } from 'vitest';
import { costOf, scoreAnswer } from './scoring.ts';

it.each([
  ['Short answer: HAVING', 'having', 1],
  ['use justify-content:\n\n   center here', 'justify-content: center', 1],
  ['Short answer: [8, 16]', ' [8, 16] ', 1],
  ['Short answer: [8,16]', '[8, 16]', 0],
  ['', 'HAVING', 0],
])('scores %j against %j as %d', (answer, reference, score) => {
  expect(scoreAnswer(answer, reference)).toBe(score);
});

it('prices input and output tokens by the million', () => {
  const usage = { inputTokens: 30, outputTokens: 50 };
  expect(costOf(usage, { inputPerMTok: 0.6, outputPerMTok: 0.8 })).toBeCloseTo(58e-6, 12);
});
