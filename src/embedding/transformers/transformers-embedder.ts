// The engine that runs an ONNX sentence encoder in a thread of its own.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemAfter, type After } from '../after.ts';
import { embeddingErrors } from '../errors.ts';
import type { SentenceEmbedder } from '../sentence-embedder.ts';
import { openEncoderDesk } from './encoder-desk.ts';
import { startEncoderThread, type EncoderThread } from './encoder-thread.ts';
import { downloadModel } from './hub.ts';
import type { Pooling } from './messages.ts';
import { inspectModel, type Dtype } from './model-folder.ts';

export interface TransformersOptions {
  /** A folder laid out as the library expects one (config.json, tokenizer.json, onnx/...), or a name on the hub. */
  readonly model: string;
  /** Where a folder's path begins; default: the working directory. */
  readonly baseDirectory?: string;
  /** What is no folder may be downloaded; off by default. */
  readonly allowHub?: boolean;
  /** Where downloaded models are kept. */
  readonly cacheDirectory?: string;
  readonly hubUrl?: string;
  /** Default: what the model's own files say. */
  readonly pooling?: Pooling;
  /** Number format of the weights. */
  readonly dtype?: Dtype;
  /** From `embed` to its answer, waiting included. */
  readonly deadlineMs?: number;
  /** Texts that may wait beside the one that is being encoded; more are answered with `absent` at once. */
  readonly queue?: number;
  /** An encoder that says nothing for so long is ended and begun anew. */
  readonly hungMs?: number;
  /** From the start to the first vector. */
  readonly startMs?: number;
  /** What is imported as the library. */
  readonly library?: string;
  readonly after?: After;
}

/** What is filled in where nothing is said. */
export const TRANSFORMERS_DEFAULTS = {
  dtype: 'q8',
  deadlineMs: 300,
  queue: 32,
  hungMs: 10_000,
  startMs: 60_000,
  library: '@xenova/transformers',
  hubUrl: 'https://huggingface.co',
} as const;

/** More than any piece of a vocabulary has on average: what is beyond is not read, and need not be copied to the thread. */
const UNITS_PER_TOKEN = 16;

/**
 * Resolves when the model has encoded a first text; rejects with embeddingErrors that say what to do. One text a call, one thread:
 * batches gain nothing. A text's head is read, as long as the model reads.
 */
export async function createTransformersEmbedder(options: TransformersOptions): Promise<SentenceEmbedder> {
  const { library, dtype, queue, deadlineMs, hungMs, startMs } = { ...TRANSFORMERS_DEFAULTS, ...options };
  const folder = await folderOf(options, dtype);
  const model = await inspectModel(folder, dtype, options.pooling);
  const { pooling, maxTokens, identity } = model;

  let first: EncoderThread | undefined;
  const desk = await openEncoderDesk({
    queue,
    deadlineMs,
    hungMs,
    after: options.after ?? systemAfter,
    begin: async (listener) => {
      // Files that were exchanged meanwhile would give other vectors under the old fingerprint.
      const now = first === undefined ? model : await inspectModel(folder, dtype, pooling);
      if (now.identity !== identity)
        throw embeddingErrors.encoderFailed(folder, 'its files are others than at the start');
      const thread = await startEncoderThread({ library, folder, pooling, dtype, maxTokens }, listener, startMs);
      if (first !== undefined && !sameEncoder(thread, first)) {
        await thread.end();
        throw embeddingErrors.encoderFailed(folder, 'the library is another than at the start');
      }
      first ??= thread;
      return thread;
    },
  });
  const { dimensions = 0, libraryVersion = '' } = first ?? {};
  const facts = { identity, libraryVersion, pooling, dtype, maxTokens, dimensions };
  const fingerprint = `transformers-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16)}`;

  return {
    kind: 'transformers',
    dimensions,
    fingerprint,
    embed: async (text) => {
      const head = text.slice(0, maxTokens * UNITS_PER_TOKEN);
      if (head.trim() === '') return { kind: 'absent', why: 'there is no text' };
      const answer = await desk.encode(head);
      return answer.kind === 'vector'
        ? { kind: 'vector', vector: answer.vector, space: fingerprint }
        : { kind: 'absent', why: answer.why };
    },
    close: desk.close,
  };
}

async function folderOf(options: TransformersOptions, dtype: Dtype): Promise<string> {
  const { model, allowHub = false, hubUrl, cacheDirectory } = { ...TRANSFORMERS_DEFAULTS, ...options };
  const folder = resolve(options.baseDirectory ?? '', model);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return folder;
  if (!allowHub) throw embeddingErrors.hubNotAllowed(model, folder);
  return downloadModel({ model, dtype, hubUrl, cacheDirectory: resolve(cacheDirectory ?? 'models') });
}

function sameEncoder(one: EncoderThread, other: EncoderThread): boolean {
  return one.dimensions === other.dimensions && one.libraryVersion === other.libraryVersion;
}
