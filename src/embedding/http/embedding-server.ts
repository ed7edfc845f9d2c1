// One call of an OpenAI-compatible embedding server: bounded in time, size and number.
import { Pool } from 'undici';
import type { After } from '../after.ts';
import { MOST_BYTES, readAnswer } from './read-answer.ts';

export interface ServerOptions {
  /** Base URL: `/embeddings` is asked below it. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  /** Asked of the server; undefined: what its model has. */
  readonly dimensions: number | undefined;
  readonly concurrency: number;
  readonly deadlineMs: number;
  readonly after: After;
}

export type ServerAnswer =
  | { readonly kind: 'vector'; readonly vector: Float32Array }
  /** `fault`: whether the server is at fault, or this text. */
  | { readonly kind: 'failed'; readonly why: string; readonly fault: 'server' | 'text' };

export interface EmbeddingServer {
  /** `dimensions`: what the vector must have. Never rejects. */
  readonly ask: (text: string, dimensions: number | undefined) => Promise<ServerAnswer>;
  readonly close: () => Promise<void>;
}

export function createEmbeddingServer(options: ServerOptions): EmbeddingServer {
  const { model, key, deadlineMs, after } = options;
  const { origin, pathname } = new URL(options.url);
  const path = `${pathname.replace(/\/+$/, '')}/embeddings`;
  const pool = new Pool(origin, { connections: options.concurrency, pipelining: 1 });
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const asked = { model, encoding_format: 'float', ...(options.dimensions && { dimensions: options.dimensions }) };

  async function call(text: string, dimensions: number | undefined, signal: AbortSignal): Promise<ServerAnswer> {
    const body = JSON.stringify({ ...asked, input: text });
    const response = await pool.request({ path, method: 'POST', headers, body, signal });
    if (response.statusCode !== 200) {
      await response.body.dump();
      return refused(response.statusCode);
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) return failed('its answer is longer than any vector');
      pieces.push(piece);
    }
    const answer = readAnswer(Buffer.concat(pieces).toString(), dimensions);
    return answer.kind === 'vector' ? answer : failed(answer.why);
  }

  return {
    ask: async (text, dimensions) => {
      const giveUp = new AbortController();
      const inTime = after(deadlineMs, () => giveUp.abort());
      try {
        return await call(text, dimensions, giveUp.signal);
      } catch (error) {
        return failed(giveUp.signal.aborted ? `it did not answer within ${deadlineMs} ms` : reasonOf(error));
      } finally {
        inTime();
      }
    },
    close: () => pool.destroy(),
  };
}

/** These say that the text is too long, or is not taken: the next one may be. */
const OF_THE_TEXT: readonly number[] = [400, 413, 422];

function refused(status: number): ServerAnswer {
  return { kind: 'failed', why: `it answered with ${status}`, fault: OF_THE_TEXT.includes(status) ? 'text' : 'server' };
}

function failed(why: string): ServerAnswer {
  return { kind: 'failed', why, fault: 'server' };
}

/** The code alone where there is one: messages can hold what was sent. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string };
  return `it cannot be asked (${code ?? name ?? 'unknown'})`;
}
