// The engine that asks an OpenAI-compatible embedding server: vLLM, TEI, Ollama and their like.
import { createHash } from 'node:crypto';
import { systemClock, type Clock } from '../../base/index.ts';
import { systemAfter, type After } from '../after.ts';
import { embeddingErrors } from '../errors.ts';
import type { Embedding, SentenceEmbedder } from '../sentence-embedder.ts';
import { createCircuit } from './circuit.ts';
import { createEmbeddingServer, type ServerAnswer } from './embedding-server.ts';
import { createRecentVectors } from './recent-vectors.ts';

export interface HttpOptions {
  /** Base URL, as `http://HOST:PORT/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
  readonly deadlineMs?: number;
  /** Calls at once; as many again may wait for each of them. */
  readonly concurrency?: number;
  /** Vectors that are kept. */
  readonly cache?: number;
  /** Asked of the server; where nothing is said the server's first answer tells. */
  readonly dimensions?: number | undefined;
  /** Characters of a text's head that are sent. */
  readonly maxChars?: number;
  readonly clock?: Clock;
  readonly after?: After;
}

/** What is filled in where nothing is said. */
export const HTTP_DEFAULTS = { deadlineMs: 500, concurrency: 8, cache: 2_000, maxChars: 8_192 } as const;

/** Waiting calls for one under way: what is beyond could not be done in time. */
const WAITING = 8;

/** From the start: a server that loads its model at the first call may take its time once. */
const FIRST_DEADLINE_MS = 10_000;

/**
 * Resolves when the server has answered once. Where `dimensions` are said a server that is down is no obstacle: it is asked again
 * when there are texts. Rejects with embeddingErrors.
 */
export async function createHttpEmbedder(options: HttpOptions): Promise<SentenceEmbedder> {
  const { url, model, key, deadlineMs, concurrency, cache, maxChars } = { ...HTTP_DEFAULTS, ...options };
  const said = options.dimensions;
  const after = options.after ?? systemAfter;
  const asking = { url, model, key, dimensions: said, concurrency, after };
  const dimensions = said ?? (await askWidth(asking));
  const server = createEmbeddingServer({ ...asking, deadlineMs });
  const circuit = createCircuit(options.clock ?? systemClock);
  const recent = createRecentVectors(cache);
  const underWay = new Map<string, Promise<ServerAnswer>>();
  const fingerprint = `http-${createHash('sha256').update(JSON.stringify({ model, dimensions })).digest('hex').slice(0, 16)}`;
  let closed = false;

  function ask(text: string, textKey: string): Promise<ServerAnswer> | string {
    const same = underWay.get(textKey);
    if (same !== undefined) return same;
    if (closed) return 'the embedder is closed';
    if (underWay.size >= concurrency * (1 + WAITING)) return `${underWay.size} texts are under way already`;
    if (!circuit.mayAsk()) return 'the embedding server failed repeatedly and is left alone for a while';
    const call = server.ask(text, dimensions).then((answer) => {
      underWay.delete(textKey);
      if (answer.kind === 'vector') {
        circuit.succeeded();
        recent.set(textKey, answer.vector);
      } else if (answer.fault === 'server' && !closed) circuit.failed();
      return answer;
    });
    underWay.set(textKey, call);
    return call;
  }

  async function embed(text: string): Promise<Embedding> {
    // Through UTF-8: servers stumble over lone surrogates.
    const head = Buffer.from(text.slice(0, maxChars)).toString();
    if (head.trim() === '') return absent('there is no text');
    const textKey = createHash('sha256').update(head).digest('base64');
    const known = recent.get(textKey);
    if (known !== undefined) return { kind: 'vector', vector: known, space: fingerprint };
    const answer = await ask(head, textKey);
    if (typeof answer === 'string') return absent(answer);
    return answer.kind === 'vector'
      ? { kind: 'vector', vector: answer.vector.slice(), space: fingerprint }
      : absent(`the embedding server: ${answer.why}`);
  }

  return {
    kind: 'http',
    dimensions,
    fingerprint,
    embed,
    close: async () => {
      closed = true;
      await server.close();
    },
  };
}

type Asking = Omit<Parameters<typeof createEmbeddingServer>[0], 'deadlineMs'>;

async function askWidth(asking: Asking): Promise<number> {
  const server = createEmbeddingServer({ ...asking, deadlineMs: FIRST_DEADLINE_MS });
  const first = await server.ask('How many dimensions has a vector of this?', undefined);
  await server.close();
  if (first.kind === 'vector') return first.vector.length;
  throw embeddingErrors.serverFailed(asking.url, first.why);
}

function absent(why: string): Embedding {
  return { kind: 'absent', why };
}
