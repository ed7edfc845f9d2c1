// The classifier's file format: a checked header in JSON, then int8 weights; written by the training script, read at start.
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { ROW_COLUMNS, ROWS } from '../embedding/index.ts';
import { workloadErrors } from './errors.ts';
import { COLUMNS, HEADS } from './heads.ts';

const finite = Type.Number();
const temperature = Type.Object({ base: finite, length: finite });
const sigmoid = Type.Object({ bias: finite, slope: finite });
/** One number a column. */
const columns = Type.Array(finite, { minItems: COLUMNS, maxItems: COLUMNS });

/** Of a text with n features, logits are divided by exp(base + length * (log2(1 + n) - 6)): a short text tells less for certain. */
export interface Temperature {
  readonly base: number;
  readonly length: number;
}

/** The coefficients of p(unknown)'s logistic regression, in the order of `unknownFeatures` in `classifier.ts`. */
export interface UnknownParameters {
  readonly bias: number;
  readonly energy: number;
  readonly outside: number;
  readonly length: number;
}

/** p = sigmoid(bias + slope * logit) (Platt, 1999). */
export interface Sigmoid {
  readonly bias: number;
  readonly slope: number;
}

export interface ClassifierModel {
  /** Of the embedder whose features the weights were trained on. */
  readonly embedder: string;
  readonly topic: { readonly temperature: Temperature; readonly unknown: UnknownParameters };
  readonly task: { readonly temperature: Temperature };
  readonly feedback: { readonly temperature: Temperature };
  readonly difficulty: Sigmoid;
  readonly facts: Sigmoid;
  /** logit[k] = biases[k] + scales[k] * sum over the text's n features of weights[row * ROW_COLUMNS + k] / sqrt(n); one a column. */
  readonly scales: readonly number[];
  readonly biases: readonly number[];
  /** Of the wordpiece table whose vectors the dense weights were trained on. */
  readonly table: string;
  /** Added to logit[k]: sum over d of denseScales[k] * dense[d * COLUMNS + k] * v[d], for the first entries of the table's unit vector v. */
  readonly denseScales: readonly number[];
  readonly dense: Int8Array;
  /** `ROWS` x `ROW_COLUMNS`, of which `COLUMNS` are used. A decoded model's are a view of the bytes that it was decoded from. */
  readonly weights: Int8Array;
}

const Header = Type.Object({
  embedder: Type.String(),
  table: Type.String(),
  denseColumns: Type.Integer({ minimum: 1, maximum: 1_024 }),
  denseScales: columns,
  heads: Type.Record(Type.String(), Type.Array(Type.String())),
  topic: Type.Object({
    temperature,
    unknown: Type.Object({ bias: finite, energy: finite, outside: finite, length: finite }),
  }),
  task: Type.Object({ temperature }),
  feedback: Type.Object({ temperature }),
  difficulty: sigmoid,
  facts: sigmoid,
  scales: columns,
  biases: columns,
});

const MAGIC = 'SLUHEADS';
const VERSION = 1;
/** magic 8, version 4, checksum 4 (of SHA-1), bytes of the header 4. */
const FIXED_BYTES = 20;
const CHECKSUM = 12;
const WEIGHTS = ROWS * ROW_COLUMNS;

/** Little-endian: the fixed part, the header as JSON, the dense weights, the weights. */
export function encodeClassifier(model: ClassifierModel): Uint8Array {
  const { weights, dense, ...rest } = model;
  const json = Buffer.from(JSON.stringify({ ...rest, denseColumns: dense.length / COLUMNS, heads: HEADS }));
  const bytes = Buffer.alloc(FIXED_BYTES + json.length + dense.length + WEIGHTS);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(json.length, 16);
  json.copy(bytes, FIXED_BYTES);
  bytes.set(new Uint8Array(dense.buffer, dense.byteOffset, dense.length), FIXED_BYTES + json.length);
  bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, WEIGHTS), FIXED_BYTES + json.length + dense.length);
  bytes.set(checksum(bytes), CHECKSUM);
  return bytes;
}

/** Throws SLUICE_WORKLOAD_CLASSIFIER_ASSET that names what is wrong with the bytes. */
export function decodeClassifier(asset: Uint8Array): ClassifierModel {
  const bytes = Buffer.from(asset.buffer, asset.byteOffset, asset.byteLength);
  const refuse = workloadErrors.classifierAsset;
  if (bytes.length < FIXED_BYTES) throw refuse(`${bytes.length} bytes are too few for a header`);
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw refuse('not a classifier (wrong magic)');
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) throw refuse(`version ${version}, expected ${VERSION}`);
  const start = FIXED_BYTES + bytes.readUInt32LE(16);
  if (bytes.length < start + WEIGHTS) throw refuse(`${bytes.length} bytes are too few for its header and its weights`);
  if (checksum(bytes).compare(bytes, CHECKSUM, CHECKSUM + 4) !== 0)
    throw refuse('checksum differs, the file is damaged');
  const parsed: unknown = JSON.parse(bytes.toString('utf8', FIXED_BYTES, start));
  if (!Check(Header, parsed)) throw refuse('a parameter is missing or out of range');
  const { heads, denseColumns, ...model } = parsed;
  if (JSON.stringify(heads) !== JSON.stringify(HEADS))
    throw refuse('its heads or their classes are not those of this build');
  const denseWeights = denseColumns * COLUMNS;
  if (bytes.length !== start + denseWeights + WEIGHTS)
    throw refuse(`${bytes.length} bytes, but its header says ${start + denseWeights + WEIGHTS}`);
  const at = bytes.byteOffset + start;
  return {
    ...model,
    dense: new Int8Array(bytes.buffer, at, denseWeights),
    weights: new Int8Array(bytes.buffer, at + denseWeights, WEIGHTS),
  };
}

/** Over every byte but its own four; native, because the file is read at every start. */
function checksum(bytes: Uint8Array): Buffer {
  const hash = createHash('sha1')
    .update(bytes.subarray(0, CHECKSUM))
    .update(bytes.subarray(CHECKSUM + 4));
  return hash.digest().subarray(0, 4);
}
