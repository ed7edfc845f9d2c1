// Dense products: both engines against each other, bit by bit, and against double precision.
import { assert, float32Array, property } from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { createDenseProduct, createPlainProduct, ROW_COLUMNS } from './index.ts';

const ENTRIES = 64;
const random = seededRandom(5);
const matrix = Float32Array.from({ length: ENTRIES * ROW_COLUMNS }, () => 2 * random() - 1);
const fast = createDenseProduct(matrix);
const plain = createPlainProduct(matrix);

it('are the same in both engines, of any vector', () => {
  expect([fast.engine, plain.engine]).toEqual(['wasm', 'plain']);
  const vectors = float32Array({ minLength: ENTRIES, maxLength: ENTRIES, noNaN: true, min: -1e6, max: 1e6 });
  assert(
    property(vectors, (vector) => {
      fast.multiply(vector);
      plain.multiply(vector);
      expect(fast.product).toEqual(plain.product);
    }),
  );
});

it('are those of the matrix, column by column', () => {
  const vector = Float32Array.from({ length: ENTRIES }, () => 2 * random() - 1);
  fast.multiply(vector);
  for (let k = 0; k < ROW_COLUMNS; k++) {
    const sum = vector.reduce((total, x, d) => total + x * (matrix[d * ROW_COLUMNS + k] ?? 0), 0);
    expect(fast.product[k]).toBeCloseTo(sum, 4);
  }
});

it('read no more of a longer vector than the matrix has rows', () => {
  const vector = new Float32Array(2 * ENTRIES).fill(1);
  fast.multiply(vector);
  const whole = [...fast.product];
  fast.multiply(vector.subarray(0, ENTRIES));
  expect([...fast.product]).toEqual(whole);
});

it.each([
  ['without WebAssembly', undefined, ENTRIES],
  ['without its 128-bit lanes', { validate: () => false }, ENTRIES],
  ['for vectors that there is no room for', WebAssembly, 257],
])('are those of plain JavaScript %s', (_, engine, entries) => {
  vi.stubGlobal('WebAssembly', engine);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  expect(createDenseProduct(new Float32Array(entries * ROW_COLUMNS)).engine).toBe('plain');
});
