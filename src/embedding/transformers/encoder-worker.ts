// The thread that an ONNX sentence encoder runs in: its run() blocks whatever event loop it is called from.
import { basename, dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { unitVector } from '../unit-vector.ts';
import type { EncoderAnswer, EncoderReady, EncoderRefused, EncoderSetup, ToEncoder } from './messages.ts';

/** What is used of the library; it is optional, so its own types are not. */
interface Library {
  readonly env: {
    readonly version: string;
    allowRemoteModels: boolean;
    localModelPath: string;
    useFSCache: boolean;
  };
  readonly pipeline: (task: 'feature-extraction', model: string, options: object) => Promise<Pipeline>;
}

interface Pipeline {
  (text: string, options: { pooling: string; normalize: false }): Promise<{ data: ArrayLike<number> }>;
  readonly tokenizer: object;
}

const setup = workerData as EncoderSetup;

await serve().catch((error: unknown) => refuse('other', reason(error)));

async function serve(): Promise<void> {
  const library = await load();
  if (library === undefined) return;
  const { env } = library;
  // What is not in the folder is an error, not a download.
  Object.assign(env, { allowRemoteModels: false, localModelPath: `${dirname(setup.folder)}/`, useFSCache: false });
  const pipeline = await library.pipeline('feature-extraction', basename(setup.folder), {
    dtype: setup.dtype,
    device: 'cpu',
    // Two threads gain 10-40 % and take the core that serves.
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  // It has a getter only, of what tokenizer_config.json says: some models read less than that.
  Object.defineProperty(pipeline.tokenizer, 'model_max_length', { value: setup.maxTokens });

  const first = await encode(pipeline, 'How many dimensions has a vector of this?');
  if (first.kind === 'failed') return refuse('other', first.why);
  parentPort?.on('message', (text: ToEncoder) => {
    if (text === null) parentPort?.close();
    else void encode(pipeline, text).then(post);
  });
  post({ kind: 'ready', dimensions: first.vector.length, libraryVersion: env.version });
}

async function load(): Promise<Library | undefined> {
  try {
    return (await import(setup.library)) as Library;
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message?.includes(`'${setup.library}'`) === true;
    refuse(missing ? 'library-missing' : 'other', reason(error));
  }
}

async function encode(pipeline: Pipeline, text: string): Promise<EncoderAnswer> {
  try {
    const { data } = await pipeline(text, { pooling: setup.pooling, normalize: false });
    const vector = unitVector(data);
    return vector === undefined ? { kind: 'failed', why: 'its vector is not finite' } : { kind: 'vector', vector };
  } catch (error) {
    return { kind: 'failed', why: reason(error) };
  }
}

function refuse(fault: EncoderRefused['fault'], detail: string): void {
  post({ kind: 'refused', fault, detail });
}

function post(message: EncoderReady | EncoderRefused | EncoderAnswer): void {
  parentPort?.postMessage(message, message.kind === 'vector' ? [message.vector.buffer as ArrayBuffer] : []);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
