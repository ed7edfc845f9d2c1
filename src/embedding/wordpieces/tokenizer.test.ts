// Our wordpieces against those of the encoder's own tokenizer, on the texts of data sets; needs both beside the checkout.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readVocabulary } from '../distill/vocabulary.ts';
import { HEAD_UNITS } from '../features.ts';
import { REAL_MODELS } from '../fixtures/model-folders.ts';
import { indexPieces } from './piece-index.ts';
import { createPieceWalk, MOST_PIECES } from './piece-walk.ts';
import { unitMap } from './unit-map.ts';

const encoder = join(REAL_MODELS, 'bge-small-en-v1.5');
const prompts = join(dirname(REAL_MODELS), 'data', 'prompts', 'arena_hard_v2.jsonl.gz');
// No literal: the package is optional, and so are its types.
const name: string = '@xenova/transformers';
const library = (await import(name).catch(() => undefined)) as
  | {
      readonly env: object;
      readonly AutoTokenizer: {
        from_pretrained: (name: string) => Promise<{ readonly tokenize: (text: string) => string[] }>;
      };
    }
  | undefined;

it.skipIf(library === undefined || !existsSync(encoder) || !existsSync(prompts))(
  'are the same; of words that it has no pieces for, parts are known',
  async () => {
    if (library === undefined) return;
    Object.assign(library.env, { localModelPath: `${REAL_MODELS}/`, allowRemoteModels: false, useFSCache: false });
    const tokenizer = await library.AutoTokenizer.from_pretrained('bge-small-en-v1.5');
    const { pieces: vocabulary, normalizer } = readVocabulary(encoder);
    const units = unitMap(normalizer);
    const { index, places } = indexPieces(vocabulary, units);
    const walk = createPieceWalk(units, index);
    const list = new Uint32Array(MOST_PIECES);
    const texts = gunzipSync(readFileSync(prompts)).toString('utf8').trimEnd().split('\n').slice(0, 200);
    let [same, all] = [0, 0];
    for (const line of texts) {
      const { text } = JSON.parse(line) as { readonly text: string };
      const head = text.slice(0, HEAD_UNITS);
      const ours = Array.from(list.subarray(0, walk(head, list)), (row) => vocabulary[places[row] ?? 0] ?? '');
      const left = new Map<string, number>();
      for (const piece of ours) left.set(piece, (left.get(piece) ?? 0) + 1);
      // Hangul is not taken apart into its letters, which the encoder was hardly taught.
      const theirs = tokenizer.tokenize(head).filter((piece) => !/^\[UNK\]$|[\u1100-\u11ff]/u.test(piece));
      for (const piece of theirs) {
        const count = left.get(piece) ?? 0;
        if (count > 0) same++;
        left.set(piece, count - 1);
      }
      all += theirs.length;
    }
    expect(all).toBeGreaterThan(20_000);
    expect(same).toBe(all);
  },
);
