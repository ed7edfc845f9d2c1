// A table out of an encoder: that it comes near the encoder, is the same each time, goes on where it was, and says what it lacks.
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/index.ts';
import { calls } from '../fixtures/fake-teacher.mjs';
import { modelFolder, tempDirectory } from '../fixtures/model-folders.ts';
import { openWordpieceTable } from '../wordpieces/wordpiece-table.ts';
import { distill, type DistillOptions } from './distill.ts';

const library = new URL('../fixtures/fake-teacher.mjs', import.meta.url).href;
const random = seededRandom(11);
const words = Array.from({ length: 300 }, (_, i) => `w${'abcdefghij'[i % 10]}${Math.floor(i / 10).toString(36)}`);
const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...new Set(words), '##s', 'é'];
const tokenizer = {
  normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: null },
  model: {
    type: 'WordPiece',
    continuing_subword_prefix: '##',
    vocab: Object.fromEntries(pieces.map((p, i) => [p, i])),
  },
};
const texts = Array.from({ length: 600 }, () =>
  Array.from({ length: 3 + Math.floor(random() * 9) }, () => words[Math.floor(random() ** 2 * words.length)]).join(' '),
);

function folderOf(changed: Record<string, string | undefined> = {}): string {
  return modelFolder({ 'tokenizer.json': JSON.stringify(tokenizer), ...changed });
}

function optionsOf(changed: Partial<DistillOptions> = {}): DistillOptions {
  return { model: folderOf(), texts, columns: 64, sentences: 100, seed: 1, pooling: 'mean', library, ...changed };
}

describe('distill', () => {
  it('makes a table that comes near its encoder on texts that it was not fitted on', async () => {
    const { bytes, agreement, ...facts } = await distill(optionsOf());
    expect(facts).toMatchObject({ texts: 600, dimensions: 96, pooling: 'mean' });
    expect(agreement.texts).toBe(30);
    expect(agreement.after).toBeGreaterThan(0.93);
    expect(agreement.after).toBeGreaterThan(agreement.before);
    const table = openWordpieceTable(bytes);
    const own = table.read(texts[0] ?? '').slice();
    expect(Math.hypot(...own)).toBeCloseTo(1, 4);
    const cosine = (text: string): number => table.read(text).reduce((sum, v, k) => sum + v * (own[k] ?? 0), 0);
    expect(cosine((texts[0] ?? '').split(' ').toReversed().join(' '))).toBeCloseTo(1, 4);
    expect(cosine(texts[1] ?? '')).toBeLessThan(0.9);
  });

  it('makes the same bytes of the same seed, and others of other texts', async () => {
    const [first, second] = [await distill(optionsOf()), await distill(optionsOf())];
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
    const other = await distill(optionsOf({ texts: texts.slice(100) }));
    expect(Buffer.from(first.bytes).equals(other.bytes)).toBe(false);
  });

  it('tells how far it is, step by step', async () => {
    const seen: string[] = [];
    await distill(optionsOf({ onProgress: (step, done, total) => seen.push(`${step} ${done}/${total}`) }));
    expect(seen[0]).toMatch(/^pieces 0\/3\d\d$/);
    expect(seen).toContain('texts 592/600');
    expect(seen.at(-1)).toBe('fit 1/1');
  });

  it('encodes nothing again that a run before it has encoded', async () => {
    const [model, cacheDirectory] = [folderOf(), tempDirectory()];
    const first = await distill(optionsOf({ model, cacheDirectory }));
    const before = calls.count;
    const second = await distill(optionsOf({ model, cacheDirectory }));
    // The first text tells how many dimensions there are.
    expect(calls.count - before).toBe(1);
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);

    const file = readdirSync(cacheDirectory).find((name) => name.startsWith('texts')) ?? '';
    // In the middle of a row.
    truncateSync(join(cacheDirectory, file), 4 * 96 * 500 + 10);
    const third = await distill(optionsOf({ model, cacheDirectory }));
    expect(calls.count - before).toBe(2 + 100);
    expect(statSync(join(cacheDirectory, file)).size).toBe(4 * 96 * 600);
    expect(Buffer.from(first.bytes).equals(third.bytes)).toBe(true);
  });

  it.each<[string, Partial<DistillOptions>, string]>([
    ['too few texts', { texts: ['one', 'two', 'two '] }, '2 different texts are too few'],
    ['columns that cannot be', { columns: 65 }, 'multiple of 64'],
    ['more columns than the encoder has', { columns: 128 }, 'the encoder has 96 columns, fewer than 128'],
    ['no such folder', { model: '/nowhere' }, 'there is no such folder'],
    ['no library', { library: 'no-such-library' }, 'the optional package no-such-library'],
  ])('says what to do about %s', async (_, changed, message) => {
    await expect(distill(optionsOf(changed))).rejects.toThrow(message);
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['no weights', { 'onnx/model_quantized.onnx': undefined }, 'onnx/model_quantized.onnx is missing'],
    ['no tokenizer', { 'tokenizer.json': undefined }, 'tokenizer.json is missing'],
    ['a broken graph', { 'config.json': '{"broken": true}' }, 'the graph is broken'],
    ['a model of another kind', { 'config.json': '{"logits": true}' }, 'it is no sentence encoder'],
    ['numbers that are none', { 'config.json': '{"nan": true}' }, 'not finite'],
    ['a Unigram tokenizer', { 'tokenizer.json': '{"model": {"type": "Unigram", "vocab": []}}' }, 'of the kind Unigram'],
    ['a BPE tokenizer', { 'tokenizer.json': '{"model": {"type": "BPE", "vocab": {}}}' }, 'WordPiece vocabularies'],
  ])('refuses an encoder with %s', async (_, changed, message) => {
    await expect(distill(optionsOf({ model: folderOf(changed) }))).rejects.toThrow(message);
  });
});
