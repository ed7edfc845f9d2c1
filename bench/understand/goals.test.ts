// Tests of the verdicts on goals.
import { describe, expect, it } from 'vitest';
import { type Goal, GOALS, verdicts } from './goals.ts';

const AT_LEAST: Goal = { part: 'recipe', figure: 'a', sense: '>=', limit: 0.5 };
const AT_MOST: Goal = { part: 'heads', figure: 'b', sense: '<=', limit: 0.03 };

describe('verdicts', () => {
  it.each<[Goal, number, string]>([
    [AT_LEAST, 0.5, 'PASS'],
    [AT_LEAST, 0.4999, 'FAIL'],
    [AT_LEAST, Number.NaN, 'FAIL'],
    [AT_MOST, 0.03, 'PASS'],
    [AT_MOST, 0.0301, 'FAIL'],
    [AT_MOST, Number.NaN, 'FAIL'],
  ])('%j at %d: %s', (goal, found, verdict) => {
    const results = { [goal.part]: { figures: { [goal.figure]: found } } };
    expect(verdicts(results, [goal])).toEqual([{ ...goal, found, verdict }]);
  });

  it('a part that did not run, or did not measure a figure, has not failed', () => {
    expect(verdicts({ recipe: { figures: {} } }, [AT_LEAST, AT_MOST]).map(({ verdict }) => verdict)).toEqual([
      'not run',
      'not run',
    ]);
  });

  it('every goal has a name of its own', () => {
    const names = GOALS.map(({ part, figure }) => `${part} ${figure}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
