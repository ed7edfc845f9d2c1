// Words choose cells, and a word that chooses nothing is an error.
import { expect, test } from 'vitest';
import { CELLS, selectCells } from './cells.ts';
import { readOptions } from './options.ts';

test('three sizes, two kinds of answer, two numbers of connections', () => {
  expect(CELLS).toHaveLength(12);
  expect(selectCells([])).toEqual({ cells: CELLS, streams: true });
});

test.each([
  ['2k', 4, false],
  ['2k-plain-64', 1, false],
  ['plain', 6, false],
  ['64', 6, false],
  ['streams', 0, true],
])('"%s" chooses %i cells', (word, count, streams) => {
  const selected = selectCells([word]);
  expect(selected.cells).toHaveLength(count);
  expect(selected.streams).toBe(streams);
});

test('unknown words, subjects and numbers are named', () => {
  expect(() => selectCells(['3k'])).toThrow('no cell "3k"');
  expect(() => readOptions(['--subjects', 'full,apache'], true)).toThrow('no "apache"');
  expect(() => readOptions(['--subjects', 'nginx'], false)).toThrow('not installed');
  expect(() => readOptions(['--repeats', '0'], false)).toThrow('--repeats');
  expect(readOptions([], false)).toMatchObject({ whole: true, plan: { repeats: 3, streams: 1_000 } });
});
