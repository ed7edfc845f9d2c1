// The teacher of a table: an ONNX sentence encoder, run by transformers.js in this process on one thread, piece by piece too.
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { embeddingErrors } from '../errors.ts';
import type { Pooling } from '../transformers/messages.ts';
import { type Dtype, inspectModel } from '../transformers/model-folder.ts';
import { TRANSFORMERS_DEFAULTS } from '../transformers/transformers-embedder.ts';
import { unitVector } from '../unit-vector.ts';

export interface Teacher {
  readonly dimensions: number;
  readonly pooling: Pooling;
  /** Of the files that its vectors depend on. */
  readonly identity: string;
  /** Unit vector of the text's first pieces, `maxTokens` of them with the tokenizer's marks. */
  readonly encodeText: (text: string) => Promise<Float32Array>;
  /** Unit vectors of single pieces, by their ids, each between the marks that the tokenizer puts around a text. */
  readonly encodePieces: (ids: readonly number[]) => Promise<readonly Float32Array[]>;
  readonly close: () => Promise<void>;
}

export interface TeacherOptions {
  readonly dtype?: Dtype | undefined;
  readonly pooling?: Pooling | undefined;
  readonly maxTokens: number;
  /** What is imported as transformers.js. */
  readonly library?: string;
}

// What is used of the library; it is optional, so its own types are not.
interface Tensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}
type Inputs = Readonly<Record<string, Tensor>>;
interface Model {
  (inputs: Inputs): Promise<Readonly<Record<string, Tensor>>>;
  readonly dispose: () => Promise<unknown>;
}
interface Library {
  readonly env: object;
  readonly AutoTokenizer: { from_pretrained: (name: string) => Promise<(text: string, options: object) => Inputs> };
  readonly AutoModel: { from_pretrained: (name: string, options: object) => Promise<Model> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => Tensor;
}

/** Rejects with embeddingErrors that say what to do. */
export async function openTeacher(folder: string, options: TeacherOptions): Promise<Teacher> {
  const path = resolve(folder);
  if (!existsSync(path)) throw embeddingErrors.modelIncomplete(path, 'there is no such folder');
  const { dtype = TRANSFORMERS_DEFAULTS.dtype, library: name = TRANSFORMERS_DEFAULTS.library, maxTokens } = options;
  const { pooling, identity } = await inspectModel(path, dtype, options.pooling);
  const library = await importLibrary(name);
  Object.assign(library.env, { allowRemoteModels: false, localModelPath: `${dirname(path)}/`, useFSCache: false });
  const failed = (detail: string): Error => embeddingErrors.encoderFailed(path, detail);
  const [tokenize, run] = await Promise.all([
    library.AutoTokenizer.from_pretrained(basename(path)),
    library.AutoModel.from_pretrained(basename(path), {
      dtype,
      device: 'cpu',
      session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
    }),
  ]).catch((error: unknown) => {
    throw failed(error instanceof Error ? error.message : String(error));
  });

  /** Every row of the batch has as many pieces as the others. */
  async function encode(inputs: Inputs): Promise<readonly Float32Array[]> {
    const { last_hidden_state: states } = await run(inputs);
    if (states?.dims.length !== 3) throw failed('the model has no last_hidden_state: it is no sentence encoder');
    const [rows = 0, pieces = 0, width = 0] = states.dims;
    const values = states.data as Float32Array;
    return Array.from({ length: rows }, (_, row) => {
      const vector = unitVector(pool(values.subarray(row * pieces * width), pieces, width, pooling));
      if (vector === undefined) throw failed('a vector of it is not finite, or zero');
      return vector;
    });
  }

  const limits = { truncation: true, max_length: maxTokens };
  async function encodeText(text: string): Promise<Float32Array> {
    const [vector] = await encode(tokenize(text, limits));
    return vector ?? new Float32Array(0);
  }

  const [before, ...after] = Array.from(tokenize('', limits)['input_ids']?.data ?? [], Number);
  function encodePieces(ids: readonly number[]): Promise<readonly Float32Array[]> {
    const rows = ids.map((id) => (before === undefined ? [id] : [before, id, ...after]));
    const all = rows.flat();
    const tensor = (numbers: readonly number[]): Tensor =>
      new library.Tensor('int64', BigInt64Array.from(numbers, BigInt), [rows.length, all.length / rows.length]);
    const [ones, zeros] = [all.map(() => 1), all.map(() => 0)];
    return encode({ input_ids: tensor(all), attention_mask: tensor(ones), token_type_ids: tensor(zeros) });
  }

  const { length: dimensions } = await encodeText('How many dimensions has a vector of this?');
  const close = async (): Promise<void> => {
    await run.dispose();
  };
  return { dimensions, pooling, identity, encodeText, encodePieces, close };
}

function pool(states: Float32Array, pieces: number, width: number, pooling: Pooling): Float32Array {
  if (pooling === 'cls') return states.subarray(0, width);
  if (pooling === 'last_token') return states.subarray((pieces - 1) * width, pieces * width);
  const sums = new Float32Array(width);
  for (let i = 0; i < pieces * width; i++) sums[i % width] = (sums[i % width] ?? 0) + (states[i] ?? 0);
  return sums;
}

async function importLibrary(name: string): Promise<Library> {
  try {
    return (await import(name)) as Library;
  } catch (error) {
    throw embeddingErrors.libraryMissing.with({ cause: error }, name);
  }
}
