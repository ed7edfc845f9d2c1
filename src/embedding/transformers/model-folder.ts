// A model's folder before anything is loaded: is everything there, how is it pooled, how much does it read, who is it.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { embeddingErrors } from '../errors.ts';
import type { Pooling } from './messages.ts';
import { poolingOf } from './pooling.ts';

/** Number formats of the weights, as the library names them, and the end of their file's name. */
export const DTYPES = {
  q8: '_quantized',
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type Dtype = keyof typeof DTYPES;

/** Without them the library cannot open a model. */
export const NEEDED_FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
/** Where sentence-transformers says how its models are used. */
export const POOLING_FILE = '1_Pooling/config.json';
export const LIMITS_FILE = 'sentence_bert_config.json';
/** Read only for the pooling that its example names. */
export const README_FILE = 'README.md';

export function weightsFile(dtype: Dtype): string {
  return `onnx/model${DTYPES[dtype]}.onnx`;
}

export interface ModelFolder {
  readonly pooling: Pooling;
  /** Pieces that are read of a text, special ones included. */
  readonly maxTokens: number;
  /** SHA-256 over every file that a vector depends on, as hex. */
  readonly identity: string;
}

const FEW_TOKENS = 512;
/** `model_max_length` of tokenizers that know no limit is 1e30. */
const MANY_TOKENS = 8_192;

/** Rejects with embeddingErrors that name the file. `pooling`: what the operator says of it. */
export async function inspectModel(folder: string, dtype: Dtype, pooling: Pooling | undefined): Promise<ModelFolder> {
  const incomplete = (detail: string): Error => embeddingErrors.modelIncomplete(folder, detail);
  const weights = weightsFile(dtype);
  const present = await filesIn(folder);
  for (const file of [...NEEDED_FILES, weights]) {
    if (!present.includes(file)) throw incomplete(`${file} is missing${hintFor(file, present)}`);
  }
  const json = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
    present.includes(file)
      ? parse(await readFile(join(folder, file), 'utf8'), () => incomplete(`${file} is not JSON`))
      : {};

  const config = await json('config.json');
  const pools = poolingOf({
    said: pooling,
    poolingConfig: await json(POOLING_FILE),
    readme: present.includes(README_FILE) ? await readFile(join(folder, README_FILE), 'utf8') : '',
    names: [config['_name_or_path'], basename(folder)].map(String),
  });
  if (pools.kind === 'unsupported') throw incomplete(pools.why);
  return {
    pooling: pools.pooling,
    maxTokens: fewest(
      (await json(LIMITS_FILE))['max_seq_length'],
      (await json('tokenizer_config.json'))['model_max_length'],
      config['max_position_embeddings'],
    ),
    identity: await identityOf(folder, [
      ...NEEDED_FILES,
      ...[POOLING_FILE, LIMITS_FILE].filter((file) => present.includes(file)),
      // Large models keep their numbers in files beside it.
      ...present.filter((file) => file.startsWith(weights)).toSorted(),
    ]),
  };
}

/** Two levels of it, paths with "/"; nothing where there is no such folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const top = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = top
    .filter((entry) => !entry.isFile())
    .map(async ({ name }) => {
      const inner = await readdir(join(folder, name)).catch(() => []);
      return inner.map((file) => `${name}/${file}`);
    });
  return [...top.map(({ name }) => name), ...(await Promise.all(below)).flat()];
}

function hintFor(file: string, present: readonly string[]): string {
  if (!file.startsWith('onnx/')) return '';
  const others = Object.entries(DTYPES).filter(([, end]) => present.includes(`onnx/model${end}.onnx`));
  if (others.length === 0) return '; it takes a model that was exported to ONNX';
  return `; there is ${others.map(([dtype, end]) => `onnx/model${end}.onnx (dtype: ${dtype})`).join(', ')}`;
}

function parse(text: string, wrong: () => Error): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw wrong();
}

function fewest(...limits: readonly unknown[]): number {
  const known = limits.filter((limit): limit is number => typeof limit === 'number' && limit >= 8);
  return known.length === 0 ? FEW_TOKENS : Math.min(MANY_TOKENS, ...known);
}

/** Files of a gigabyte are hashed piece by piece. */
async function identityOf(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\n`);
    hash.update(await digestOf(join(folder, file)));
  }
  return hash.digest('hex');
}

async function digestOf(path: string): Promise<Buffer> {
  const hash: Hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest();
}
