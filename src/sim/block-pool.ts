// The KV cache as vLLM keeps it: fixed blocks with reference counts, a prefix cache over their hashes, LRU among the free ones.

/** Tokens a KV block, vLLM's default. */
export const BLOCK_TOKENS = 16;

export const blocksFor = (tokens: number): number => Math.ceil(tokens / BLOCK_TOKENS);

/** Blocks are numbered 0..total-1. A free block keeps its hash, and can be had again by it, until it is handed out for something else. */
export interface BlockPool {
  readonly total: number;
  /** Blocks that nobody holds, cached or not. */
  readonly free: number;
  /** Hashes that can be hit now. */
  readonly cached: number;
  /** Grows whenever a lookup may find more than before. */
  readonly version: number;
  references(block: number): number;
  /** The block with that hash, -1 if there is none; takes no reference. */
  find(hash: number): number;
  /** Takes a reference to a block that `find` gave. */
  hold(block: number): void;
  /** A block with one reference: of the free ones that which was freed longest ago. -1 when all are held. */
  allocate(): number;
  /** Names a held block by its content; a hash that another block has already stays with that one. */
  register(block: number, hash: number): void;
  /** Drops one reference. */
  release(block: number): void;
}

const UNHASHED = -1;
const NONE = -1;

interface HashIndex {
  readonly size: number;
  find(hash: number): number;
  add(block: number, hash: number): void;
  forget(block: number): void;
}

/** Block by hash, chained over the blocks themselves: with a Map, which allocates a number an entry, a step that admits and evicts 8192-token prompts took twice the CPU. */
function createHashIndex(total: number): HashIndex {
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, total))) - 1;
  const heads = new Int32Array(mask + 1).fill(NONE);
  const next = new Int32Array(total);
  const hashes = new Float64Array(total).fill(UNHASHED);
  let size = 0;
  return {
    get size() {
      return size;
    },
    find(hash) {
      let block = heads[hash & mask] ?? NONE;
      while (block !== NONE && hashes[block] !== hash) block = next[block] ?? NONE;
      return block;
    },
    add(block, hash) {
      next[block] = heads[hash & mask] ?? NONE;
      heads[hash & mask] = block;
      hashes[block] = hash;
      size++;
    },
    forget(block) {
      const hash = hashes[block] ?? UNHASHED;
      if (hash === UNHASHED) return;
      hashes[block] = UNHASHED;
      size--;
      const after = next[block] ?? NONE;
      let before = heads[hash & mask] ?? NONE;
      if (before === block) {
        heads[hash & mask] = after;
        return;
      }
      while (next[before] !== block) before = next[before] ?? NONE;
      next[before] = after;
    },
  };
}

/** All operations O(1). Hashes are whole numbers from 0 to 2^53-1 that stand for the block's tokens and all before them. */
export function createBlockPool(total: number): BlockPool {
  const references = new Int32Array(total);
  const index = createHashIndex(total);
  // The free list, doubly linked so that a hit can leave it from the middle; index `total` is its end stop.
  const next = Int32Array.from({ length: total + 1 }, (_, i) => (i + 1) % (total + 1));
  const previous = Int32Array.from({ length: total + 1 }, (_, i) => (i + total) % (total + 1));
  const at = (links: Int32Array, index: number): number => links[index] ?? total;
  let free = total;
  let version = 0;

  function unlink(block: number): void {
    next[at(previous, block)] = at(next, block);
    previous[at(next, block)] = at(previous, block);
    free--;
  }

  function append(block: number): void {
    const last = at(previous, total);
    next[last] = block;
    previous[block] = last;
    next[block] = total;
    previous[total] = block;
    free++;
  }

  return {
    total,
    get free() {
      return free;
    },
    get cached() {
      return index.size;
    },
    get version() {
      return version;
    },
    references: (block) => references[block] ?? 0,
    find: (hash) => index.find(hash),
    hold(block) {
      if (references[block] === 0) unlink(block);
      references[block] = (references[block] ?? 0) + 1;
    },
    allocate() {
      if (free === 0) return NONE;
      const block = at(next, total);
      unlink(block);
      index.forget(block);
      references[block] = 1;
      return block;
    },
    register(block, hash) {
      if (index.find(hash) !== NONE) return;
      index.add(block, hash);
      version++;
    },
    release(block) {
      const left = (references[block] ?? 0) - 1;
      references[block] = left;
      if (left === 0) append(block);
    },
  };
}
