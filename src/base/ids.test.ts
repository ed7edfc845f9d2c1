// Ids have one shape and sort by the time they were made.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isDecisionId, newDecisionId } from './ids.ts';

afterEach(() => vi.useRealTimers());

describe('newDecisionId', () => {
  it('has the right shape', () => {
    const id = newDecisionId();
    expect(id).toMatch(/^dec_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(isDecisionId(id)).toBe(true);
  });

  it('sorts by time, also within one millisecond', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
    const ids: string[] = [];
    for (let i = 0; i < 500; i++) {
      if (i % 100 === 0) vi.advanceTimersByTime(1);
      ids.push(newDecisionId());
    }
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(500);
  });
});

describe('isDecisionId', () => {
  const hex = '0123456789abcdef0123456789abcdef';
  it.each([
    [`dec_${hex}`, true],
    [hex, false],
    [`dec_${hex}0`, false],
    [`dec_${hex.slice(1)}`, false],
    [`dec_${hex.toUpperCase()}`, false],
    [`dec_${hex}\n`, false],
    [`xdec_${hex}`, false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isDecisionId(text)).toBe(expected);
  });
});
