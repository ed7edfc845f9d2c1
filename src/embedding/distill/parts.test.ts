// The parts of a distillation against what is known of them: axes, fitted rows, weights, the list of texts.
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/index.ts';
import { fitRows, type TextRows } from './fit-rows.ts';
import { FIT_UNITS, fitTexts } from './fit-texts.ts';
import { sifWeights } from './frequencies.ts';
import { principalAxes, project } from './principal.ts';

const random = seededRandom(2);
const some = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);

describe('principal axes', () => {
  const dimensions = 12;
  // Falling spread, so that the axes are distinct.
  const rows = some(400 * dimensions).map((value, i) => value / (1 + (i % dimensions)) + 0.3);
  const projection = principalAxes(rows, dimensions, 4, random);

  it('are the leading eigenvectors of the covariance', () => {
    const matrix = Matrix.from1DArray(400, dimensions, Array.from(rows));
    const centred = matrix.subRowVector(matrix.mean('column'));
    const { eigenvectorMatrix } = new EigenvalueDecomposition(centred.transpose().mmul(centred), {
      assumeSymmetric: true,
    });
    for (let axis = 0; axis < 4; axis++) {
      const expected = eigenvectorMatrix.getColumn(dimensions - 1 - axis);
      const dot = expected.reduce((sum, value, k) => sum + value * (projection.axes[axis * dimensions + k] ?? 0), 0);
      expect(Math.abs(dot)).toBeCloseTo(1, 4);
    }
  });

  it('project what is spread around the mean', () => {
    const out = project(rows, projection);
    const sums = [0, 1, 2, 3].map((k) => out.reduce((sum, value, i) => sum + (i % 4 === k ? value : 0), 0));
    for (const sum of sums) expect(sum / 400).toBeCloseTo(0, 5);
  });
});

describe('fitted rows', () => {
  const [texts, count, columns] = [40, 15, 3];
  const rows = Uint32Array.from({ length: texts * 4 }, (_, i) => (Math.floor(i / 4) + (i % 4) * 4) % count);
  const design: TextRows = {
    starts: Uint32Array.from({ length: texts + 1 }, (_, t) => 4 * t),
    rows,
    counts: Float32Array.from(rows, (_, i) => 1 + (i % 2)),
  };
  const start = some(count * columns);
  const targets = some(texts * columns);
  const weights = Float32Array.from({ length: count }, () => 0.2 + random());

  it.each([0.1, 1, 10])('are those of the normal equations, pulled with %d', (lambda) => {
    const fitted = fitRows({ columns, start, targets, texts: design, weights, lambda });
    const x = Matrix.zeros(texts, count);
    for (const [i, row] of rows.entries()) {
      const t = Math.floor(i / 4);
      x.set(t, row, x.get(t, row) + (design.counts[i] ?? 0) * (weights[row] ?? 0));
    }
    const before = Matrix.from1DArray(count, columns, Array.from(start));
    for (const [t, sum] of x.mmul(before).to2DArray().entries()) x.mulRow(t, 1 / Math.hypot(...sum));
    const left = x.transpose().mmul(x).add(Matrix.eye(count).mul(lambda));
    const right = x
      .transpose()
      .mmul(Matrix.from1DArray(texts, columns, Array.from(targets)))
      .add(before.mul(lambda));
    const expected = inverse(left).mmul(right).to1DArray();
    for (const [i, value] of fitted.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 2);
  });

  it('stay where they were when nothing pulls them away', () => {
    const none: TextRows = { starts: Uint32Array.of(0, 0), rows: new Uint32Array(0), counts: new Float32Array(0) };
    expect(fitRows({ columns, start, targets: some(columns), texts: none, weights, lambda: 1 })).toEqual(start);
  });
});

describe('weights of pieces', () => {
  it('fall with what was counted', () => {
    const weights = sifWeights(Float64Array.of(900, 90, 10, 0), Uint32Array.of(3, 2, 1, 0), ['zz', 'yy', 'xx', 'ww']);
    expect([...weights]).toEqual([...weights].toSorted((a, b) => a - b));
    expect(weights[3]).toBe(1);
  });

  it('and with the place in a vocabulary that is sorted by frequency, single characters apart', () => {
    const places = Uint32Array.from({ length: 100 }, (_, i) => i);
    const vocabulary = Array.from(places, (i) => (i < 5 ? 'abcde'.charAt(i) : `piece${i}`));
    const weights = sifWeights(
      Float64Array.from(places, (i) => (i > 4 && i < 10 ? 50 : 0)),
      places,
      vocabulary,
    );
    expect(weights[20]).toBeLessThan(weights[90] ?? 0);
    expect(weights[0]).toBe(1);
  });
});

describe('texts to fit on', () => {
  it('are each there once, cut, with some of their sentences', () => {
    const long = `First of all, a sentence of some length. ${'And then another that goes on. '.repeat(40)}`;
    const list = fitTexts(['short', ' short ', long, ''], 10, seededRandom(1));
    expect(list.toSorted()).toEqual(
      [
        'short',
        long.trim().slice(0, FIT_UNITS),
        'First of all, a sentence of some length.',
        'And then another that goes on.',
      ].toSorted(),
    );
    expect(fitTexts([long], 1, seededRandom(1))).toHaveLength(2);
    expect(fitTexts([], 5, seededRandom(1))).toEqual([]);
  });
});
