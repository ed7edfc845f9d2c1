// What scores are made of: straightened vectors, rare features, thresholds between inside and outside.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dot } from './dot.ts';
import { hashPhrases } from './hashed-phrases.ts';
import { createStaticSpace } from './static-space.ts';
import { fitThreshold } from './threshold.ts';
import { fitWhitener } from './whitener.ts';

const numbers = (length: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length });

describe('dot', () => {
  it('is the sum of products, for any length and start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5 }), (length, start) => {
        const rows = Float64Array.from({ length: 20 }, (_, i) => i + 1);
        const vector = Float64Array.from({ length }, (_, i) => 2 * i - 3);
        let sum = 0;
        for (let i = 0; i < length; i++) sum += (rows[start + i] ?? 0) * (vector[i] ?? 0);
        expect(dot(rows, start, vector)).toBeCloseTo(sum, 9);
      }),
    );
  });
});

describe('the whitener', () => {
  const spread = [
    [2, 0, 5],
    [-2, 0, 5],
    [0, 0.1, 5],
    [0, -0.1, 5],
  ];
  const to = (whiten: ReturnType<typeof fitWhitener>, vector: readonly number[]): number[] => {
    const out = new Float64Array(3);
    expect(whiten(vector, out)).toBe(true);
    return [...out];
  };

  it('moves ordinary vectors to the middle', () => {
    const centre = fitWhitener(spread, 3, Infinity);
    expect(to(centre, [2, 0, 5])).toEqual([1, 0, 0]);
    expect(to(centre, [0, 0, 6])).toEqual([0, 0, 1]);
    // The middle itself is near nothing.
    expect(to(centre, [0, 0, 5])).toEqual([0, 0, 0]);
  });

  it('makes wide directions count as much as narrow ones', () => {
    const [wide = 0, narrow = 0] = to(fitWhitener(spread, 3, 1e-6), [2, 0.1, 5]);
    expect(Math.abs(wide)).toBeCloseTo(Math.abs(narrow), 1);
    const [, before = 0] = to(fitWhitener(spread, 3, Infinity), [2, 0.1, 5]);
    expect(Math.abs(narrow)).toBeGreaterThan(10 * before);
  });

  it('gives unit vectors, whatever it was fitted on', () => {
    fc.assert(
      fc.property(fc.array(numbers(3), { maxLength: 6 }), numbers(3), (ordinary, vector) => {
        const out = new Float64Array(3);
        if (!fitWhitener(ordinary, 3, 1)(vector, out)) return;
        const length = Math.hypot(...out);
        expect(length === 0 || Math.abs(length - 1) < 1e-6).toBe(true);
      }),
      { examples: [[[], [5e-162, 3e-162, 1e-200]]] },
    );
  });

  it.each([[[1, 2]], [[0, 0, 0]], [[Number.NaN, 1, 1]], [[Infinity, 1, 1]], [[]]])('refuses %j', (vector) => {
    expect(fitWhitener(spread, 3, 1)(vector, new Float64Array(3))).toBe(false);
  });
});

describe('hashed phrases', () => {
  const ordinary = ['what is the capital', 'what is a verb', 'what is the time', 'who is the king'];
  const compare = (text: string, phrases: readonly string[]): number[] => {
    const cosines = new Float64Array(phrases.length);
    expect(hashPhrases(phrases, ordinary).compare(text, cosines)).toBe(true);
    return [...cosines];
  };

  it('are at 1 to themselves and at 0 to what shares nothing', () => {
    const [same = 0, other = 1] = compare('refund my order', ['refund my order', 'xyzzy plugh']);
    expect(same).toBeCloseTo(1, 6);
    expect(other).toBe(0);
  });

  it('go by rare words more than by common ones', () => {
    const [rare = 0, common = 1] = compare('what is the refund', ['a refund', 'what is the thing']);
    expect(rare).toBeGreaterThan(common);
  });

  it('say nothing of a text without features', () => {
    expect(hashPhrases(['a'], ordinary).compare(' ', new Float64Array(1))).toBe(false);
  });
});

describe('the static space', () => {
  const phrases = ['refund my order', 'give my money back', 'where is my parcel'];
  const groups = [
    { start: 0, end: 2 },
    { start: 2, end: 2 },
    { start: 2, end: 3 },
  ];
  const table = {
    fingerprint: 't',
    columns: 4,
    read: (text: string) => (text.includes('x') ? new Float32Array(4) : Float32Array.of(text.length, 1, 2, 3)),
  };
  const measured = (text: string, but: number, by: typeof table | undefined) => {
    const near = { sums: new Float64Array(3), nearest: new Float64Array(3) };
    expect(createStaticSpace(phrases, groups, ['a b', 'c d e'], by).measure(text, near, but)).toBe(true);
    return { sums: [...near.sums], nearest: [...near.nearest] };
  };

  it.each([
    ['with a table', table],
    ['without one', undefined],
  ])('leaves a phrase out where it is asked about, %s', (_, by) => {
    const all = measured('refund my order', -1, by);
    const left = measured('refund my order', 0, by);
    expect(all.nearest[0]).toBeCloseTo(1, 5);
    expect(left.nearest[0]).toBeLessThan(0.9);
    expect((all.sums[0] ?? 0) - (left.sums[0] ?? 0)).toBeCloseTo(1, 5);
    expect(left.sums.slice(1)).toEqual(all.sums.slice(1));
    expect([all.sums[1], all.nearest[1]]).toEqual([0, -1]);
  });

  it('goes by features alone where the table knows no word', () => {
    expect(measured('x my parcel', -1, table)).toEqual(measured('x my parcel', -1, undefined));
  });
});

describe('the threshold', () => {
  it('lies between what is inside and what is outside', () => {
    const { centre, slope } = fitThreshold([0.8, 0.7, 0.9, 0.8], [0.1, 0.2, 0.3]);
    expect(centre).toBeGreaterThan(0.3);
    expect(centre).toBeLessThan(0.7);
    expect(slope).toBeGreaterThan(0);
  });

  it('rises with either, and falls for few examples', () => {
    const at = (inside: readonly number[], outside: readonly number[]): number => fitThreshold(inside, outside).centre;
    expect(at([0.8, 0.8, 0.8], [0.1])).toBeGreaterThan(at([0.6, 0.6, 0.6], [0.1]));
    expect(at([0.8, 0.8, 0.8], [0.5])).toBeGreaterThan(at([0.8, 0.8, 0.8], [0.1]));
    expect(at([0.8, 0.8, 0.8], [0.1])).toBeLessThan(at([0.8, 0.8, 0.8, 0.8, 0.8, 0.8], [0.1]));
    expect(Number.isFinite(at([], []))).toBe(true);
  });

  it('takes a stray of many outside for one that is inside after all', () => {
    const outside = Array.from({ length: 500 }, () => 0.1);
    expect(fitThreshold([0.8], [...outside, 0.9, 0.9]).centre).toBe(fitThreshold([0.8], outside).centre);
  });
});
