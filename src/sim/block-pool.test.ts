// The block pool against a plain model of it: an LRU list of free blocks that remember what they hold.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { blocksFor, createBlockPool } from './block-pool.ts';

it('hands out the block that was freed longest ago, and forgets its hash only then', () => {
  const pool = createBlockPool(3);
  const [a, b, c] = [pool.allocate(), pool.allocate(), pool.allocate()];
  expect([new Set([a, b, c]).size, pool.free, pool.allocate()]).toEqual([3, 0, -1]);
  pool.register(a, 7);
  pool.register(b, 8);
  pool.release(b);
  pool.release(a);
  expect([pool.find(7), pool.find(8), pool.free, pool.cached]).toEqual([a, b, 2, 2]);
  pool.hold(b);
  expect([pool.allocate(), pool.find(7), pool.find(8)]).toEqual([a, -1, b]);
});

it('keeps the first block of a hash', () => {
  const pool = createBlockPool(2);
  const [a, b] = [pool.allocate(), pool.allocate()];
  pool.register(a, 7);
  const { version } = pool;
  pool.register(b, 7);
  expect([pool.find(7), pool.version]).toEqual([a, version]);
});

it('rounds tokens up to blocks', () => {
  expect([0, 1, 16, 17].map(blocksFor)).toEqual([0, 1, 1, 2]);
});

it('behaves as the model does', () => {
  const act = fc.tuple(fc.constantFrom('allocate', 'release', 'hold', 'register'), fc.nat(9), fc.nat(6));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(act, { maxLength: 80 }), (total, acts) => {
      const pool = createBlockPool(total);
      const free = Array.from({ length: total }, (_, i) => i);
      const references = new Map<number, number>();
      const byHash = new Map<number, number>();
      for (const [kind, pick, hash] of acts) {
        const held = [...references.keys()];
        const block = held[pick % Math.max(1, held.length)];
        const cached = byHash.get(hash);
        if (kind === 'allocate') {
          const expected = free.shift() ?? -1;
          expect(pool.allocate()).toBe(expected);
          for (const [known, at] of byHash) if (at === expected) byHash.delete(known);
          if (expected >= 0) references.set(expected, 1);
        } else if (kind === 'hold' && cached !== undefined) {
          expect(pool.find(hash)).toBe(cached);
          pool.hold(cached);
          if (free.includes(cached)) free.splice(free.indexOf(cached), 1);
          references.set(cached, (references.get(cached) ?? 0) + 1);
        } else if (kind === 'release' && block !== undefined) {
          pool.release(block);
          const left = (references.get(block) ?? 0) - 1;
          references.set(block, left);
          if (left > 0) continue;
          references.delete(block);
          free.push(block);
        } else if (kind === 'register' && block !== undefined && ![...byHash.values()].includes(block)) {
          // A sequence names each of its blocks once.
          pool.register(block, hash);
          if (cached === undefined) byHash.set(hash, block);
        }
        expect([pool.free, pool.cached]).toEqual([free.length, byHash.size]);
        for (const [known, at] of byHash) expect(pool.find(known)).toBe(at);
      }
    }),
    { numRuns: 200, seed: 3 },
  );
});
