// Names the KV blocks of a prompt by their content, so that prompts with the same beginning share blocks.
import { fnv1a } from '../base/index.ts';
import { BLOCK_TOKENS } from './block-pool.ts';
import { BYTES_PER_TOKEN } from './tokens.ts';

export interface PromptMessage {
  readonly role: string;
  readonly text: string;
}

/** The bytes of all messages in order, padded with zeros to whole tokens; on its own buffer, so that it can be read as words. */
function render(messages: readonly PromptMessage[]): { words: Uint32Array; starts: readonly number[] } {
  const sizes = messages.map(({ text }) => Buffer.byteLength(text));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const words = new Uint32Array(Math.ceil(bytes / BYTES_PER_TOKEN));
  const buffer = Buffer.from(words.buffer);
  const starts: number[] = [];
  let offset = 0;
  for (const [i, { text }] of messages.entries()) {
    starts.push(Math.floor(offset / BYTES_PER_TOKEN));
    buffer.write(text, offset);
    offset += sizes[i] ?? 0;
  }
  return { words, starts };
}

/**
 * One hash (a whole number below 2^53) for every full block of the prompt, each standing for all tokens up to the block's end as in
 * vLLM's hash chain. A token is 4 bytes of the messages' text; a role counts where its message begins, without taking room.
 *
 * `inputTokens` may differ from bytes / 4 when an answer book knows the real count: tokens that the text has no bytes for belong to
 * this whole prompt alone, and bytes that have no token go into the last block.
 */
export function promptBlocks(messages: readonly PromptMessage[], inputTokens: number): Float64Array {
  const { words, starts } = render(messages);
  return hashBlocks(
    words,
    starts,
    messages.map(({ role }) => role),
    inputTokens,
  );
}

/** The same of a prompt that came as token ids, each a whole number of 32 bits. */
export function tokenIdBlocks(ids: readonly number[]): Float64Array {
  return hashBlocks(Uint32Array.from(ids), [], [], ids.length);
}

function hashBlocks(
  words: Uint32Array,
  starts: readonly number[],
  roles: readonly string[],
  inputTokens: number,
): Float64Array {
  const hashes = new Float64Array(Math.floor(inputTokens / BLOCK_TOKENS));
  // Two lanes of 32 bits, in murmur3's manner: one would collide among the 10^5 blocks of a cache now and then.
  let a = 0x9747b28c | 0;
  let b = 0x2545f491 | 0;
  const mix = (word: number): void => {
    a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul((b << 13) | (b >>> 19), 5) + Math.imul(word ^ 0x5bd1e995, 0xc2b2ae35);
    b ^= b >>> 13;
  };
  const lanes = (): number => (a >>> 0) * 2 ** 21 + (b >>> 11);
  let message = 0;
  for (let token = 0; token < hashes.length * BLOCK_TOKENS; token++) {
    for (; starts[message] === token; message++) mix(fnv1a(roles[message] ?? ''));
    mix(words[token] ?? 0);
    if (token % BLOCK_TOKENS === BLOCK_TOKENS - 1) hashes[(token - BLOCK_TOKENS + 1) / BLOCK_TOKENS] = lanes();
  }
  if (words.length > inputTokens && hashes.length > 0) {
    for (let token = hashes.length * BLOCK_TOKENS; token < words.length; token++) mix(words[token] ?? 0);
    hashes[hashes.length - 1] = lanes();
  }
  return hashes;
}
