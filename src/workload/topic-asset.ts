// The topic classifier's file format: a checked header, then int8 weights; written by the training script, read at start.
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
  /** logit[k] = biases[k] + scales[k] * sum over features of value * weights[feature * classes + k]. */
  readonly scales: Float32Array;
  readonly biases: Float32Array;
  readonly weights: Int8Array;
}

const MAGIC = 'SLUTOPIC';
const VERSION = 1;
/** magic 8, version 4, checksum 4, dimensions 4, classes 4, embedder fingerprint 48 (ASCII, zero-padded). */
const FIXED_BYTES = 72;
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
  view.setUint32(12, checksum(bytes), true);
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
  if (view.getUint32(12, true) !== checksum(bytes))
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
    // `from` copies byte for byte; `Buffer.slice` would have shared the memory, header and all.
    weights: Int8Array.from(bytes.subarray(start)),
  };
}

function sizeOf(classes: number, dimensions: number): number {
  return FIXED_BYTES + 4 * (SCALARS + 2 * classes) + classes * dimensions;
}

/** FNV-1a over every byte but the checksum's own four. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) {
    if (i < 12 || i >= 16) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
