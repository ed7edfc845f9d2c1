// The table of a process: an operator's own at once, the built-in one when it is asked for.
import { expect, it } from 'vitest';
import { lazyTable } from './lazy-table.ts';

const OWN = new URL('../embedding/assets/wordpieces.bin', import.meta.url).pathname;

it('is read once, whoever asks', () => {
  const table = lazyTable(undefined);
  expect(table()).toBe(table());
  expect(lazyTable(OWN)().fingerprint).toBe(table().fingerprint);
});

it('of an operator’s own is said to be missing at once', () => {
  expect(() => lazyTable('/nowhere/table.bin')).toThrow(expect.objectContaining({ code: 'SLUICE_EMBEDDING_TABLE' }));
});
