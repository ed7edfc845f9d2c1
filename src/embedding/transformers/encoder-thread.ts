// Starts the encoder's thread, from the sources or from what they are compiled to, and hears what becomes of it.
import { Worker } from 'node:worker_threads';
import { FROM_SOURCES, ownFile } from '../../base/index.ts';
import { embeddingErrors } from '../errors.ts';
import type { EncoderAnswer, EncoderReady, EncoderSetup, FromEncoder, ToEncoder } from './messages.ts';

export interface EncoderThread extends Pick<EncoderReady, 'dimensions' | 'libraryVersion'> {
  /** One text at a time: the next one when the answer to this one has been heard. */
  send(text: string): void;
  /** Nothing is heard from the call on. A thread that is busy is waited for a little, and ends by itself when it is done. */
  end(): Promise<void>;
}

export interface ThreadListener {
  readonly answered: (answer: EncoderAnswer) => void;
  /** Once, not after `end`. */
  readonly died: (why: string) => void;
}

/** How long the end of a thread is waited for, and after how long one that has not ended by itself is made to. */
const FAREWELL_MS = 2_000;
const LAST_MS = 15_000;

/**
 * Resolves when the model has encoded a first text. Rejects with embeddingErrors, `startMs` after the call at the latest, at once
 * when `abandoned` is aborted.
 */
export function startEncoderThread(
  setup: EncoderSetup,
  listener: ThreadListener,
  startMs: number,
  abandoned: AbortSignal,
): Promise<EncoderThread> {
  return new Promise((resolve, reject) => {
    const worker = createWorker(setup);
    let state: 'starting' | 'ready' | 'over' = 'starting';
    let hasExited = false;
    const impatience = setTimeout(() => refuse(failed(`it was not ready after ${startMs} ms`)), startMs);

    function failed(detail: string): Error {
      return embeddingErrors.encoderFailed(setup.folder, detail);
    }

    function refuse(error: Error): void {
      if (state !== 'starting') return;
      void end();
      reject(error);
    }

    function die(why: string): void {
      refuse(failed(why));
      if (state !== 'ready') return;
      state = 'over';
      listener.died(why);
    }

    /**
     * By its own end: a thread that is terminated while ONNX Runtime works takes the whole process with it, because native code meets an
     * exception that it does not expect.
     */
    async function end(): Promise<void> {
      state = 'over';
      clearTimeout(impatience);
      if (hasExited) return;
      const last = setTimeout(() => void worker.terminate(), LAST_MS);
      last.unref();
      worker.unref();
      let farewell: NodeJS.Timeout | undefined;
      const patience = new Promise((over) => (farewell = setTimeout(over, FAREWELL_MS)));
      const gone = new Promise((over) => worker.once('exit', over));
      void gone.then(() => clearTimeout(last));
      say(null);
      await Promise.race([gone, patience]);
      clearTimeout(farewell);
    }

    function say(text: ToEncoder): void {
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(text);
    }

    abandoned.addEventListener('abort', () => refuse(failed('it is not wanted any more')));
    worker.on('error', (error) => die(error.message));
    worker.on('exit', () => (hasExited = true));
    worker.on('exit', (code) => die(`its thread ended with exit code ${code}`));
    worker.on('message', (message: FromEncoder) => {
      if (state === 'over') return;
      if (message.kind === 'refused') {
        const { fault, detail } = message;
        refuse(fault === 'library-missing' ? embeddingErrors.libraryMissing(setup.library) : failed(detail));
      } else if (message.kind === 'ready') {
        state = 'ready';
        clearTimeout(impatience);
        const { dimensions, libraryVersion } = message;
        resolve({ dimensions, libraryVersion, send: say, end });
      } else {
        listener.answered(message);
      }
    });
  });
}

/** A thread does not inherit the loader that lets the sources run: one that starts from them registers it first. */
function createWorker(workerData: EncoderSetup): Worker {
  // The library prints to stdout, where the log's lines are; what node was started with is meant for the process.
  const options = { workerData, stdout: true, execArgv: [] };
  const entry = ownFile(`embedding/transformers/encoder-worker.${FROM_SOURCES ? 'ts' : 'js'}`);
  const worker = FROM_SOURCES
    ? new Worker(throughLoader(entry), { ...options, eval: true })
    : new Worker(entry, options);
  worker.stdout.resume();
  return worker;
}

function throughLoader(entry: URL): string {
  const loader = import.meta.resolve('tsx/esm/api');
  return `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); })`;
}
