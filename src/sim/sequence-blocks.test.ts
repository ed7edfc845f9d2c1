// Admission to the KV cache: what a sequence needs counts the cached blocks that it would take out of the free ones.
import { expect, it } from 'vitest';
import { createBlockPool } from './block-pool.ts';
import { startSequence } from './sequence.ts';
import { claimPrefix, growBlocks, releaseBlocks, shareBlocks } from './sequence-blocks.ts';

const sequence = (inputTokens: number, hashes: readonly number[]) =>
  startSequence({ id: 1, inputTokens, outputTokens: 1, slowdown: 1, blockHashes: hashes }, 0);

it('admits all or nothing, and says how many blocks must be free', () => {
  const pool = createBlockPool(4);
  const first = sequence(48, [1, 2, 3]);
  expect([claimPrefix(pool, first), growBlocks(pool, first, 48)]).toEqual([0, true]);
  first.chunk = 48;
  shareBlocks(pool, first);
  // Three of its four blocks are held by the first: one more is enough.
  const sharing = sequence(60, [1, 2, 3]);
  expect([claimPrefix(pool, sharing), sharing.computed, pool.free]).toEqual([0, 48, 1]);
  releaseBlocks(pool, sharing);
  // The same three are free now, and the fourth is not.
  const other = sequence(16, []);
  expect(growBlocks(pool, other, 16)).toBe(true);
  releaseBlocks(pool, first);
  const late = sequence(60, [1, 2, 3]);
  expect([claimPrefix(pool, late), late.computed, late.blocks.length, pool.free]).toEqual([4, 0, 0, 3]);
  releaseBlocks(pool, other);
  expect([claimPrefix(pool, late), growBlocks(pool, late, 12), pool.free]).toEqual([0, true, 0]);
  expect(growBlocks(pool, late, 17)).toBe(false);
});
