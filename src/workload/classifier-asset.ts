// The classifier's file format: a checked header in JSON, then int8 weights; written by the training script, read at start.
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { ROW_COLUMNS, ROWS } from '../embedding/index.ts';
import { workloadErrors } from './errors.ts';
import { COLUMNS, HEADS, type View } from './heads.ts';
import type { ViewWeights } from './linear-view.ts';

const finite = Type.Number();
const temperature = Type.Object({ base: finite, length: finite });
const sigmoid = Type.Object({ bias: finite, slope: finite });
/** One number a column. */
const viewOf = (count: number) => {
  const columns = Type.Array(finite, { minItems: count, maxItems: count });
  return Type.Object({ scales: columns, biases: columns, denseScales: columns });
};

/** Of a text with n features, logits are divided by exp(base + length * (log2(1 + n) - 6)): a short text tells less for certain. */
export interface Temperature {
  readonly base: number;
  readonly length: number;
}

/** The coefficients of p(unknown)'s logistic regression, in the order of `unknownFeatures` in `posteriors.ts`. */
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
  /** Of the wordpiece table whose vectors the dense weights were trained on. */
  readonly table: string;
  /** Int8 weights of a decoded model are views of the bytes that it was decoded from. */
  readonly whole: ViewWeights;
  readonly ends: ViewWeights;
}

const Header = Type.Object({
  embedder: Type.String(),
  table: Type.String(),
  denseColumns: Type.Integer({ minimum: 1, maximum: 1_024 }),
  heads: Type.Record(Type.String(), Type.Array(Type.String())),
  topic: Type.Object({
    temperature,
    unknown: Type.Object({ bias: finite, energy: finite, outside: finite, length: finite }),
  }),
  task: Type.Object({ temperature }),
  feedback: Type.Object({ temperature }),
  difficulty: sigmoid,
  facts: sigmoid,
  whole: viewOf(COLUMNS.whole),
  ends: viewOf(COLUMNS.ends),
});

const MAGIC = 'SLUHEADS';
const VERSION = 2;
/** magic 8, version 4, checksum 4 (of SHA-1), bytes of the header 4. */
const FIXED_BYTES = 20;
const CHECKSUM = 12;
/** Of a file, those that tell its fingerprint. */
export const FINGERPRINT_BYTES: number = CHECKSUM + 4;
const VIEWS = ['whole', 'ends'] as const satisfies readonly View[];

/** Of an asset, or of its first `FINGERPRINT_BYTES`: its checksum. */
export function fingerprintOf(asset: Uint8Array): string {
  return `heads-${Buffer.from(asset.subarray(CHECKSUM, FINGERPRINT_BYTES)).toString('hex')}`;
}

/** Entries of a view's row in the file: its columns, to the next eight. */
export function widthOf(view: View): number {
  return Math.ceil(COLUMNS[view] / 8) * 8;
}

/** A view's weights as an engine takes them: `ROWS` x `ROW_COLUMNS`. */
export function rowsFor(view: View, weights: Int8Array): Int8Array {
  const width = widthOf(view);
  if (width === ROW_COLUMNS) return weights;
  const rows = new Int8Array(ROWS * ROW_COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    rows.set(weights.subarray(row * width, (row + 1) * width), row * ROW_COLUMNS);
  }
  return rows;
}

/** Bytes of a view's dense weights, and of its others. */
function sizesOf(view: View, denseColumns: number): { readonly dense: number; readonly weights: number } {
  return { dense: denseColumns * COLUMNS[view], weights: ROWS * widthOf(view) };
}

/** Little-endian: the fixed part, the header as JSON, then of each view the dense weights and the others. */
export function encodeClassifier(model: ClassifierModel): Uint8Array {
  const { whole, ends, ...rest } = model;
  const scalesOf = ({ scales, biases, denseScales }: ViewWeights) => ({ scales, biases, denseScales });
  const denseColumns = whole.dense.length / COLUMNS.whole;
  const json = Buffer.from(
    JSON.stringify({ ...rest, denseColumns, heads: HEADS, whole: scalesOf(whole), ends: scalesOf(ends) }),
  );
  const weights = VIEWS.flatMap((view) => [model[view].dense, model[view].weights]);
  const bytes = Buffer.concat([
    Buffer.alloc(FIXED_BYTES),
    json,
    ...weights.map(({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length)),
  ]);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(json.length, 16);
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
  const least = VIEWS.reduce((sum, view) => sum + sizesOf(view, 0).weights, start);
  if (bytes.length < least) throw refuse(`${bytes.length} bytes are too few for its header and its weights`);
  if (checksum(bytes).compare(bytes, CHECKSUM, CHECKSUM + 4) !== 0)
    throw refuse('checksum differs, the file is damaged');
  const parsed: unknown = JSON.parse(bytes.toString('utf8', FIXED_BYTES, start));
  if (!Check(Header, parsed)) throw refuse('a parameter is missing or out of range');
  const { heads, denseColumns, ...model } = parsed;
  if (JSON.stringify(heads) !== JSON.stringify(HEADS))
    throw refuse('its heads or their classes are not those of this build');
  let at = start;
  const take = (length: number): Int8Array => {
    at += length;
    return new Int8Array(bytes.buffer, bytes.byteOffset + at - length, length);
  };
  const expected = VIEWS.reduce((sum, view) => sum + denseColumns * COLUMNS[view], least);
  if (bytes.length !== expected) throw refuse(`${bytes.length} bytes, but its header says ${expected}`);
  const weightsOf = (view: View): Pick<ViewWeights, 'dense' | 'weights'> => {
    const { dense, weights } = sizesOf(view, denseColumns);
    return { dense: take(dense), weights: take(weights) };
  };
  const whole = { ...model.whole, ...weightsOf('whole') };
  return { ...model, whole, ends: { ...model.ends, ...weightsOf('ends') } };
}

/** Over every byte but its own four; native, because the file is read at every start. */
function checksum(bytes: Uint8Array): Buffer {
  const hash = createHash('sha1')
    .update(bytes.subarray(0, CHECKSUM))
    .update(bytes.subarray(CHECKSUM + 4));
  return hash.digest().subarray(0, 4);
}
