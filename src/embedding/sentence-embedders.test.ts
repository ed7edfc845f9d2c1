// The contract of sentence embedders, held over every engine: a unit vector or a stated absence, whatever the text.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { array, assert, asyncProperty, integer, string } from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddingServer, WIDTH } from './fixtures/embedding-servers.ts';
import { FAKE_LIBRARY, modelFolder, REAL_MODELS } from './fixtures/model-folders.ts';
import {
  createHttpEmbedder,
  createTableEmbedder,
  createTransformersEmbedder,
  loadWordpieceTable,
  type Embedding,
  type SentenceEmbedder,
} from './index.ts';

interface Engine {
  readonly name: string;
  readonly here: boolean;
  readonly dimensions: number;
  readonly open: () => Promise<SentenceEmbedder>;
}

const encoder = join(REAL_MODELS, 'all-MiniLM-L6-v2');
const library = new URL('../../node_modules/@xenova/transformers/package.json', import.meta.url);

const ENGINES: readonly Engine[] = [
  {
    name: 'static',
    here: true,
    dimensions: 128,
    open: async () => createTableEmbedder(loadWordpieceTable()),
  },
  {
    name: 'http',
    here: true,
    dimensions: WIDTH,
    open: async () => createHttpEmbedder({ url: (await embeddingServer()).url, model: 'm', deadlineMs: 20_000 }),
  },
  {
    name: 'transformers, with a stand-in for its library',
    here: true,
    dimensions: WIDTH,
    open: async () => createTransformersEmbedder({ model: modelFolder(), library: FAKE_LIBRARY, deadlineMs: 20_000 }),
  },
  {
    name: 'transformers',
    here: existsSync(encoder) && existsSync(library),
    dimensions: 384,
    open: async () => createTransformersEmbedder({ model: encoder, deadlineMs: 20_000 }),
  },
];

const TEXTS: readonly (readonly [string, string])[] = [
  ['a word', 'refund'],
  ['50 MB of one character', 'a'.repeat(50_000_000)],
  ['ideographs', '東京は今日も雨です。'.repeat(1_000)],
  ['right-to-left', 'שלום עולם مرحبا بالعالم'],
  ['lone surrogates', '\ud800 \udfff a \ud83d'],
  ['pairs of surrogates, cut anywhere', '😀'.repeat(10_000)],
  ['NUL and other control characters', '\u0000\u0001\u001b[31m'],
  ['base64', Buffer.from(Uint8Array.from({ length: 60_000 }, (_, i) => (i * 7919) % 256)).toString('base64')],
  ['special pieces of the models themselves', '[CLS] [SEP] [MASK] <s> </s> <|endoftext|>'],
  ['nothing but marks', '?!…,;'.repeat(2_000)],
  ['combining marks', `a${'\u0301'.repeat(5_000)}`],
];

/** Any UTF-16, lone surrogates included. */
const anyText = array(integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) =>
  String.fromCharCode(...units),
);

describe.each(ENGINES)('$name', ({ name, here, dimensions, open }) => {
  // oxlint-disable-next-line no-console -- a skipped test must say so
  if (!here) console.log(`skipped: what "${name}" needs is not here`);

  async function opened(): Promise<SentenceEmbedder> {
    const embedder = await open();
    onTestFinished(() => embedder.close());
    return embedder;
  }

  it.skipIf(!here)('makes a unit vector of any text, or says why there is none', async () => {
    const embedder = await opened();
    expect(embedder.dimensions).toBe(dimensions);
    for (const [text, value] of TEXTS) expectWell(embedder, await embedder.embed(value), text);
    for (const blank of ['', ' ', '\n\t \u3000']) {
      expect(await embedder.embed(blank)).toMatchObject({
        kind: 'absent',
        why: expect.stringMatching(/^\w/) as string,
      });
    }
    await assert(
      asyncProperty(anyText, async (text) => expectWell(embedder, await embedder.embed(text), text)),
      { numRuns: 30 },
    );
    await assert(
      asyncProperty(string({ unit: 'grapheme', maxLength: 50 }), async (text) =>
        expectWell(embedder, await embedder.embed(text), text),
      ),
      { numRuns: 30 },
    );

    // The same text the same vector, each the caller's own, whoever asks at the same time.
    const texts = Array.from({ length: 24 }, (_, i) => `question ${i % 6}`);
    const together = (await Promise.all(texts.map(async (text) => embedder.embed(text)))).map(vectorOf);
    for (const [i, vector] of together.entries())
      expect(cosine(vector, together[i % 6] ?? vector)).toBeGreaterThan(0.999);
    expect(new Set(together.map(({ buffer }) => buffer)).size).toBe(24);
    expect(cosine(vectorOf(await embedder.embed('question 3')), together[3] ?? new Float32Array())).toBeGreaterThan(
      0.999,
    );

    const late = embedder.embed('what was on its way when it was closed');
    await embedder.close();
    expect(['vector', 'absent']).toContain((await late).kind);
    // A table has nothing to end.
    if (embedder.kind !== 'static') expect((await embedder.embed('after the end')).kind).toBe('absent');
    await embedder.close();
  });

  it.skipIf(!here)('has the same fingerprint whenever it is opened', async () => {
    const { fingerprint } = await opened();
    expect((await opened()).fingerprint).toBe(fingerprint);
    expect(fingerprint).toMatch(/^[\w-]{8,60}$/);
  });
});

function expectWell({ fingerprint, dimensions }: SentenceEmbedder, embedding: Embedding, text: string): void {
  if (embedding.kind === 'absent') {
    expect(embedding.why, text).not.toBe('');
    return;
  }
  expect(embedding.space, text).toBe(fingerprint);
  expect(embedding.vector.length, text).toBe(dimensions);
  expect(cosine(embedding.vector, embedding.vector), text).toBeCloseTo(1, 4);
}

function vectorOf(embedding: Embedding): Float32Array {
  if (embedding.kind === 'absent') throw new Error(embedding.why);
  return embedding.vector;
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}
