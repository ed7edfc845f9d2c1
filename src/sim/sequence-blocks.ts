// How a sequence takes KV blocks from the pool and gives them back, as vLLM's KV cache manager does.
import { BLOCK_TOKENS, blocksFor, type BlockPool } from './block-pool.ts';
import { contextOf, IDLE, type LiveSequence } from './sequence.ts';

/** Leading blocks of the context that are cached: full ones only, and never the last token's, whose logits must be computed. */
function cachedPrefix(pool: BlockPool, { blockHashes }: LiveSequence, context: number, found: number[]): void {
  const most = Math.min(blockHashes.length, Math.floor((context - 1) / BLOCK_TOKENS));
  for (let i = 0; i < most; i++) {
    const block = pool.find(blockHashes[i] ?? -1);
    if (block < 0) return;
    found.push(block);
  }
}

/**
 * Admits a sequence that holds nothing, with what the prefix cache has of it: 0 and it holds its cached blocks, or, nothing taken,
 * how many blocks must be free before it can. The whole context must fit, not just the first chunk (vLLM's
 * scheduler_reserve_full_isl, on by default: without it long prompts evict one another half computed).
 */
export function claimPrefix(pool: BlockPool, sequence: LiveSequence): number {
  const { blocks } = sequence;
  const context = contextOf(sequence);
  cachedPrefix(pool, sequence, context, blocks);
  let needed = blocksFor(context) - blocks.length;
  // A hit on a free block takes it out of the free ones.
  for (const block of blocks) if (pool.references(block) === 0) needed++;
  if (needed > pool.free) {
    blocks.length = 0;
    return needed;
  }
  for (const block of blocks) pool.hold(block);
  sequence.registered = blocks.length;
  sequence.room = blocks.length * BLOCK_TOKENS;
  sequence.computed = sequence.room;
  return 0;
}

/** Room for `tokens` more than are computed, all or nothing; false when too few blocks are free. */
export function growBlocks(pool: BlockPool, sequence: LiveSequence, tokens: number): boolean {
  if (sequence.computed + tokens <= sequence.room) return true;
  const { blocks } = sequence;
  const wanted = blocksFor(sequence.computed + tokens);
  if (wanted - blocks.length > pool.free) return false;
  while (blocks.length < wanted) blocks.push(pool.allocate());
  sequence.room = wanted * BLOCK_TOKENS;
  return true;
}

/**
 * Offers to others what this step computes. Before it is computed, as vLLM does: whoever is admitted in the same step computes
 * its later tokens in the same forward pass.
 */
export function shareBlocks(pool: BlockPool, sequence: LiveSequence): void {
  if (sequence.registered >= sequence.shareable) return;
  const { blockHashes, blocks } = sequence;
  const full = Math.min(Math.floor((sequence.computed + sequence.chunk) / BLOCK_TOKENS), sequence.shareable);
  for (; sequence.registered < full; sequence.registered++) {
    pool.register(blocks[sequence.registered] ?? -1, blockHashes[sequence.registered] ?? -1);
  }
}

/** Gives all blocks back, the last first, so that of a chain the beginning stays cached longest. */
export function releaseBlocks(pool: BlockPool, sequence: LiveSequence): void {
  const { blocks } = sequence;
  for (let i = blocks.length - 1; i >= 0; i--) pool.release(blocks[i] ?? -1);
  blocks.length = 0;
  sequence.room = 0;
  sequence.registered = 0;
  sequence.computed = 0;
  sequence.chunk = IDLE;
  sequence.ready = 0;
}
