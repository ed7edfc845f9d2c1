// The encoder in its thread, with a stand-in for the library: how it starts, what it survives, what it costs the process.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { manualAfter } from '../fixtures/manual-after.ts';
import { FAKE_LIBRARY, modelFolder, REAL_MODELS } from '../fixtures/model-folders.ts';
import type { Embedding, SentenceEmbedder } from '../sentence-embedder.ts';
import { createTransformersEmbedder, type TransformersOptions } from './transformers-embedder.ts';

const PATIENT = { library: FAKE_LIBRARY, deadlineMs: 20_000 } as const;

async function open(options: Partial<TransformersOptions> = {}): Promise<SentenceEmbedder> {
  const embedder = await createTransformersEmbedder({ ...PATIENT, model: modelFolder(), ...options });
  onTestFinished(() => embedder.close());
  return embedder;
}

function vectorOf(embedding: Embedding): readonly number[] {
  if (embedding.kind === 'absent') throw new Error(embedding.why);
  return [...embedding.vector];
}

const turns = async (): Promise<void> => new Promise((done) => void setImmediate(done));

describe('the start', () => {
  it.each([
    [
      'a library that is not there',
      { library: '@none/such' },
      'SLUICE_EMBEDDING_LIBRARY_MISSING',
      'npm install --ignore-scripts @none/such',
    ],
    ['a library that is something else', { library: 'node:path' }, 'SLUICE_EMBEDDING_ENCODER_FAILED', 'does not work'],
    ['no folder', { model: 'none/such' }, 'SLUICE_EMBEDDING_HUB_NOT_ALLOWED', 'allowHub: true'],
    [
      'a folder that lacks a file',
      { model: import.meta.dirname },
      'SLUICE_EMBEDDING_MODEL_INCOMPLETE',
      'config.json is missing',
    ],
  ])('with %s says what to do', async (_, options, code, words) => {
    const error: unknown = await open(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(words);
  });

  it('passes on what the library says of a model that it cannot open', async () => {
    await expect(open({ model: modelFolder({ 'config.json': '{"broken": true}' }) })).rejects.toThrow(
      'the graph is broken (q8)',
    );
  });

  it('gives up a model that is never ready', async () => {
    await expect(open({ model: modelFolder({ 'config.json': '{"never": true}' }), startMs: 300 })).rejects.toThrow(
      'not ready after 300 ms',
    );
  });
});

describe('a text', () => {
  it('is pooled as the model’s configuration says, cut to what the model reads, and may come to nothing', async () => {
    const [mean, cls] = await Promise.all([
      open(),
      open({ model: modelFolder({ '1_Pooling/config.json': '{"pooling_mode_cls_token": true}' }) }),
    ]);
    expect(vectorOf(await cls.embed('abc'))[0]).toBeGreaterThan(0.9);
    expect(vectorOf(await mean.embed('abc'))[0]).toBeLessThan(0.5);
    expect(cls.fingerprint).not.toBe(mean.fingerprint);

    const read = 'x'.repeat(32);
    expect(vectorOf(await mean.embed(`${read}never read`))).toEqual(vectorOf(await mean.embed(read)));
    for (const text of ['throw', 'nan', 'zero']) expect(await mean.embed(text)).toMatchObject({ kind: 'absent' });
    expect((await mean.embed('more')).kind).toBe('vector');
  });
});

it('has the same fingerprint for the same model, pooling and number format alone', async () => {
  const weights = { 'onnx/model.onnx': 'weights' };
  const prints = await Promise.all(
    [{}, {}, { pooling: 'cls' } as const, { model: modelFolder(weights), dtype: 'fp32' } as const].map(
      async (options) => (await open(options)).fingerprint,
    ),
  );
  expect(prints[1]).toBe(prints[0]);
  expect(new Set(prints).size).toBe(3);
});

describe('a thread that dies', () => {
  it('is followed by another, with the same vectors', async () => {
    const time = manualAfter();
    const embedder = await open({ after: time.after });
    const before = vectorOf(await embedder.embed('the same'));
    expect(await embedder.embed('die')).toMatchObject({ kind: 'absent', why: expect.stringContaining('7') as string });
    time.advance(100);
    await begun(embedder);
    expect(vectorOf(await embedder.embed('the same'))).toEqual(before);
  });

  it('is not followed by one with other files', async () => {
    const time = manualAfter();
    const model = modelFolder();
    const embedder = await open({ after: time.after, model });
    await embedder.embed('die');
    writeFileSync(join(model, 'onnx/model_quantized.onnx'), 'other weights');
    time.advance(100);
    let said: Embedding;
    do {
      await turns();
      said = await embedder.embed('a');
    } while (said.kind === 'absent' && said.why.includes('exit code'));
    expect(said).toMatchObject({ kind: 'absent', why: expect.stringContaining('others than at the start') as string });
  });

  it('that hangs is ended and followed by another', async () => {
    const time = manualAfter();
    const embedder = await open({ after: time.after, deadlineMs: 100, hungMs: 1_000 });
    const hanging = embedder.embed('hang');
    time.advance(100);
    expect(await hanging).toMatchObject({ kind: 'absent', why: 'not done after 100 ms' });
    time.advance(900);
    expect(await embedder.embed('a')).toMatchObject({ kind: 'absent', why: 'the encoder was silent for 1000 ms' });
    time.advance(100);
    await begun(embedder);
    expect((await embedder.embed('a')).kind).toBe('vector');
  });
});

/** The successor's thread takes as long as it takes. */
async function begun(embedder: SentenceEmbedder): Promise<void> {
  while ((await embedder.embed('begun?')).kind === 'absent') await turns();
}

// The library and its models are optional; what is tested without them is the protocol.
const real = ['bge-small-en-v1.5', 'all-MiniLM-L6-v2'].map((name) => join(REAL_MODELS, name));
const library = existsSync(new URL('../../../node_modules/@xenova/transformers/package.json', import.meta.url));
const present = library && real.every((folder) => existsSync(folder));
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!present) console.log('skipped: the encoders, or the library that runs them, are not here');

describe.skipIf(!present)('the real library', () => {
  it.each(real)('knows what a text is about: %s', async (model) => {
    const embedder = await open({ model, library: '@xenova/transformers' });
    expect(embedder.dimensions).toBe(384);
    const [refund, money, recipe] = await Promise.all(
      ['I want my money back', 'How do I get a refund for my order?', 'A recipe for lentil soup'].map(async (text) =>
        vectorOf(await embedder.embed(text)),
      ),
    );
    expect(cosine(refund, money)).toBeGreaterThan(cosine(refund, recipe) + 0.15);
  });
});

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}
