// Replacing workers: at once after a long life, later and later after short ones, and not at all when none can start.
import { describe, expect, it } from 'vitest';
import { afterDeath, isHopeless, NO_DEATHS, waitMs } from './restart.ts';

function afterLives(...lives: readonly (number | undefined)[]) {
  return lives.reduce(afterDeath, NO_DEATHS);
}

describe('a worker that died', () => {
  it('after a long life is replaced at once, after short ones later and later, up to 5 s', () => {
    expect(waitMs(afterLives(60_000))).toBe(0);
    expect([1, 2, 3, 4].map((n) => waitMs(afterLives(...Array.from({ length: n }, () => 50))))).toEqual([
      100, 200, 400, 800,
    ]);
    expect(waitMs(afterLives(...Array.from({ length: 40 }, () => undefined)))).toBe(5_000);
  });

  it('is forgiven its short lives by a long one', () => {
    expect(waitMs(afterLives(50, 50, undefined, 10_000, 50))).toBe(100);
  });
});

describe('it is hopeless', () => {
  const five = Array.from({ length: 5 }, () => undefined);

  it('when five in a row died before they served and nobody serves', () => {
    expect(isHopeless(afterLives(...five), 0)).toBe(true);
    expect(isHopeless(afterLives(...five.slice(1)), 0)).toBe(false);
  });

  it('not while another serves, nor when one of them has served', () => {
    expect(isHopeless(afterLives(...five), 1)).toBe(false);
    expect(isHopeless(afterLives(...five.slice(1), 1, undefined), 0)).toBe(false);
  });
});
