// The topic classifier's file format: a checked header, then int8 weights; written by the training script, read at start.
import { createHash } from 'node:crypto';
import { ROW_COLUMNS } from '../embedding/index.ts';
import { workloadErrors } from './errors.ts';

/** The coefficients of p(unknown)'s logistic regression, in the order of `unknownFeatures` in `topic.ts`. */
export interface UnknownParameters {
  readonly bias: number;
  readonly energy: number;
  readonly outside: number;
  readonly length: number;
}

export interface TopicModel {
  /** Of the embedder whose vectors the weights were trained on. */
  readonly embedder: string;
  readonly dimensions: number;
  /** The topics, and one column for texts of none. */
  readonly classes: number;
  readonly temperature: number;
  readonly unknown: UnknownParameters;
  /** logit[k] = biases[k] + scales[k] * sum over features of value * weights[feature * ROW_COLUMNS + k]. */
  readonly scales: Float32Array;
  readonly biases: Float32Array;
  /** dimensions x `ROW_COLUMNS`, of which `classes` are used. A decoded model's are a view of the bytes that it was decoded from. */
  readonly weights: Int8Array;
}

const MAGIC = 'SLUTOPIC';
const VERSION = 2;
/** magic 8, version 4, checksum 4 (of SHA-1), dimensions 4, classes 4, embedder fingerprint 48 (ASCII, zero-padded). */
const FIXED_BYTES = 72;
const CHECKSUM = 12;
const FINGERPRINT_BYTES = 48;
/** Temperature and the four unknown parameters. */
const SCALARS = 5;

/** Little-endian: the fixed part, f32 scalars, f32 scales, f32 biases, int8 weights. */
export function encodeTopicModel(model: TopicModel): Uint8Array {
  const { classes, dimensions, unknown } = model;
  const bytes = new Uint8Array(sizeOf(classes, dimensions));
  const view = new DataView(bytes.buffer);
  const text = new TextEncoder();
  text.encodeInto(MAGIC, bytes);
  view.setUint32(8, VERSION, true);
  view.setUint32(16, dimensions, true);
  view.setUint32(20, classes, true);
  const written = text.encodeInto(model.embedder, bytes.subarray(24, 24 + FINGERPRINT_BYTES));
  if (written.read !== model.embedder.length) throw workloadErrors.topicAsset('the embedder fingerprint is too long');
  const scalars = [model.temperature, unknown.bias, unknown.energy, unknown.outside, unknown.length];
  let at = FIXED_BYTES;
  for (const value of [...scalars, ...model.scales, ...model.biases]) {
    view.setFloat32(at, value, true);
    at += 4;
  }
  bytes.set(new Uint8Array(model.weights.buffer, model.weights.byteOffset, model.weights.length), at);
  bytes.set(checksum(bytes), CHECKSUM);
  return bytes;
}

/** Throws SLUICE_WORKLOAD_TOPIC_ASSET that names what is wrong with the bytes. */
export function decodeTopicModel(bytes: Uint8Array): TopicModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder('latin1');
  if (bytes.length < FIXED_BYTES) throw workloadErrors.topicAsset(`${bytes.length} bytes are too few for a header`);
  if (text.decode(bytes.subarray(0, 8)) !== MAGIC)
    throw workloadErrors.topicAsset('not a topic classifier (wrong magic)');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw workloadErrors.topicAsset(`version ${version}, expected ${VERSION}`);
  const dimensions = view.getUint32(16, true);
  const classes = view.getUint32(20, true);
  const size = sizeOf(classes, dimensions);
  if (bytes.length !== size) throw workloadErrors.topicAsset(`${bytes.length} bytes, but its header says ${size}`);
  if (checksum(bytes).compare(bytes, CHECKSUM, CHECKSUM + 4) !== 0)
    throw workloadErrors.topicAsset('checksum differs, the file is damaged');
  const embedder = text.decode(bytes.subarray(24, 24 + FINGERPRINT_BYTES)).replace(/\0+$/, '');
  const floats = new Float32Array(SCALARS + 2 * classes);
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(FIXED_BYTES + 4 * i, true);
  const [temperature = 0, bias = 0, energy = 0, outside = 0, length = 0] = floats;
  if (!floats.every(Number.isFinite) || temperature <= 0)
    throw workloadErrors.topicAsset('a parameter is out of range');
  const start = FIXED_BYTES + 4 * floats.length;
  return {
    embedder,
    dimensions,
    classes,
    temperature,
    unknown: { bias, energy, outside, length },
    scales: floats.slice(SCALARS, SCALARS + classes),
    biases: floats.slice(SCALARS + classes),
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + start, dimensions * ROW_COLUMNS),
  };
}

function sizeOf(classes: number, dimensions: number): number {
  return FIXED_BYTES + 4 * (SCALARS + 2 * classes) + dimensions * ROW_COLUMNS;
}

/** Over every byte but its own four; native, because the file is read at every start. */
function checksum(bytes: Uint8Array): Buffer {
  const hash = createHash('sha1')
    .update(bytes.subarray(0, CHECKSUM))
    .update(bytes.subarray(CHECKSUM + 4));
  return hash.digest().subarray(0, 4);
}
