// Keys come back as they were, and their bytes sort as their code units.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyBytes, keyFromBytes } from './key-bytes.ts';

const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xcfff, 0xd000, 0xd7ff, 0xd83d, 0xde00, 0xdfff, 0xe000, 0xffff),
);
const key = fc.array(unit, { maxLength: 6 }).map((units) => String.fromCharCode(...units));

it('gives back any key, lone surrogates too', () => {
  fc.assert(
    fc.property(key, (one) => {
      expect(keyFromBytes(keyBytes(one))).toBe(one);
    }),
    { numRuns: 2_000 },
  );
});

it('sorts bytes as code units', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(Buffer.compare(keyBytes(a), keyBytes(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
    { numRuns: 5_000 },
  );
});

it('is UTF-8 for everything that people read', () => {
  expect(keyBytes('decision é \uffff').equals(Buffer.from('decision é \uffff'))).toBe(true);
});
