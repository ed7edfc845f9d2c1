// The teacher of a table: an ONNX sentence encoder in a folder, run by transformers.js in this process, one thread.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { embeddingErrors } from '../errors.ts';

export const POOLINGS = ['cls', 'mean'] as const;
export type Pooling = (typeof POOLINGS)[number];

export interface Encoder {
  readonly dimensions: number;
  readonly pooling: Pooling;
  /** The file of the weights. */
  readonly weights: string;
  /** Unit vector of the text's first `maxTokens` pieces. */
  readonly encodeText: (text: string) => Promise<Float32Array>;
  /** Unit vectors of single pieces, by their ids, each between the marks that the tokenizer puts around a text. */
  readonly encodePieces: (ids: readonly number[]) => Promise<Float32Array[]>;
}

export interface EncoderOptions {
  /** Unless given, the folder's `1_Pooling/config.json` says, else it is `mean`. */
  readonly pooling?: Pooling | undefined;
  readonly maxTokens: number;
}

// What is used of transformers.js: an optional dependency, whose own types may be absent.
interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}
type Inputs = Readonly<Record<string, Tensor>>;
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean; allowLocalModels: boolean };
  readonly AutoTokenizer: {
    from_pretrained: (name: string) => Promise<(text: string, options: object) => Inputs>;
  };
  readonly AutoModel: {
    from_pretrained: (name: string, options: object) => Promise<(inputs: Inputs) => Promise<Record<string, Tensor>>>;
  };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => Tensor;
}

/** By preference: what is small and fast first. */
const WEIGHTS = [
  { file: 'onnx/model_quantized.onnx', dtype: 'q8' },
  { file: 'onnx/model.onnx', dtype: 'fp32' },
] as const;

/** Throws embeddingErrors.encoderFolder, .encoderPackage. */
export async function openEncoder(folder: string, options: EncoderOptions): Promise<Encoder> {
  const path = resolve(folder);
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) requireFile(path, file);
  const weights = WEIGHTS.find(({ file }) => existsSync(join(path, file)));
  if (weights === undefined) {
    throw embeddingErrors.encoderFolder(path, `it has neither ${WEIGHTS.map(({ file }) => file).join(' nor ')}`);
  }
  const pooling = options.pooling ?? poolingOf(path);
  const { env, AutoTokenizer, AutoModel, Tensor } = await importTransformers();
  Object.assign(env, { localModelPath: dirname(path), allowLocalModels: true, allowRemoteModels: false });
  const name = basename(path);
  const oneThread = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const [tokenize, run] = await Promise.all([
    AutoTokenizer.from_pretrained(name),
    AutoModel.from_pretrained(name, { dtype: weights.dtype, session_options: oneThread }),
  ]).catch((error: unknown) => {
    throw embeddingErrors.encoderFolder.with(
      { cause: error },
      path,
      error instanceof Error ? error.message : 'unreadable',
    );
  });

  /** One unit vector a row of the batch; every row is as long as the others, so nothing is padding. */
  async function encode(inputs: Inputs): Promise<Float32Array[]> {
    const { last_hidden_state: states } = await run(inputs);
    const [rows = 0, tokens = 0, width = 0] = states?.dims ?? [];
    if (!(states?.data instanceof Float32Array) || states.dims.length !== 3) {
      throw embeddingErrors.encoderFolder(path, 'the model gives no last_hidden_state: it is no sentence encoder');
    }
    const { data } = states;
    return Array.from({ length: rows }, (_, row) => pool(data.subarray(row * tokens * width), tokens, width, pooling));
  }
  const tokenOptions = { truncation: true, max_length: options.maxTokens };
  const marks = Array.from(tokenize('', tokenOptions)['input_ids']?.data ?? [], Number);
  const encodeText = async (text: string): Promise<Float32Array> =>
    (await encode(tokenize(text, tokenOptions)))[0] ?? new Float32Array(0);

  function encodePieces(ids: readonly number[]): Promise<Float32Array[]> {
    const [first, ...last] = marks;
    const rows = ids.map((id) => (first === undefined ? [id] : [first, id, ...last]));
    const dims = [rows.length, 1 + marks.length];
    const tensor = (values: readonly number[]): Tensor => new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
    const all = rows.flat();
    return encode({
      input_ids: tensor(all),
      attention_mask: tensor(all.map(() => 1)),
      token_type_ids: tensor(all.map(() => 0)),
    });
  }

  const { length: dimensions } = await encodeText('dimensions');
  return { dimensions, pooling, weights: join(path, weights.file), encodeText, encodePieces };
}

function pool(states: Float32Array, tokens: number, width: number, pooling: Pooling): Float32Array {
  const vector = new Float32Array(width);
  const used = pooling === 'cls' ? 1 : tokens;
  for (let t = 0; t < used; t++) {
    for (let k = 0; k < width; k++) vector[k] = (vector[k] ?? 0) + (states[t * width + k] ?? 0);
  }
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / (norm || 1));
}

function poolingOf(path: string): Pooling {
  const file = join(path, '1_Pooling', 'config.json');
  if (!existsSync(file)) return 'mean';
  const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const usesFirst = typeof config === 'object' && config !== null && 'pooling_mode_cls_token' in config;
  return usesFirst && config.pooling_mode_cls_token === true ? 'cls' : 'mean';
}

function requireFile(folder: string, file: string): void {
  if (existsSync(join(folder, file))) return;
  throw embeddingErrors.encoderFolder(
    folder,
    existsSync(folder) ? `it lacks ${file}; copy it from where the model comes from` : 'there is no such folder',
  );
}

async function importTransformers(): Promise<Transformers> {
  // No literal: the package is optional, and so are its types.
  const name: string = '@xenova/transformers';
  try {
    return (await import(name)) as Transformers;
  } catch (error) {
    throw embeddingErrors.encoderPackage.with({ cause: error }, name);
  }
}
