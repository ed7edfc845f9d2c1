// Upstream bytes to the caller, unchanged and with back-pressure; a reader looks at each chunk on its way.
import type { SluiceError } from '../../base/index.ts';
import type { Exchange, Sink } from '../../pool/index.ts';
import { gatewayErrors } from '../errors.ts';
import type { StreamReader } from '../stream-reader.ts';
import type { Client } from '../types.ts';
import { toEnvelope } from './envelope.ts';

export type Relayed =
  | { readonly kind: 'completed' }
  | { readonly kind: 'interrupted'; readonly error: SluiceError }
  | { readonly kind: 'abandoned' };

const COMPLETED: Relayed = { kind: 'completed' };
const ABANDONED = { kind: 'abandoned' } as const;

/**
 * Streams until the upstream ends, breaks off (the caller then gets an SSE `error` event) or the caller leaves (the upstream is
 * released at once). `onFirst` is told of the first chunk.
 */
export function relay(
  exchange: Exchange,
  pool: string,
  client: Client,
  reader: StreamReader,
  onFirst: () => void,
): Promise<Relayed> {
  return new Promise((resolve) => {
    client.onGone(() => {
      exchange.abort();
      resolve(ABANDONED);
    });
    client.onDrain(() => exchange.resume());
    exchange.consume(new Relay(exchange, pool, client, reader, onFirst, resolve));
  });
}

class Relay implements Sink {
  readonly #exchange: Exchange;
  readonly #pool: string;
  readonly #client: Client;
  readonly #reader: StreamReader;
  readonly #onFirst: () => void;
  readonly #resolve: (relayed: Relayed) => void;
  #begun = false;

  constructor(
    exchange: Exchange,
    pool: string,
    client: Client,
    reader: StreamReader,
    onFirst: () => void,
    resolve: (relayed: Relayed) => void,
  ) {
    this.#exchange = exchange;
    this.#pool = pool;
    this.#client = client;
    this.#reader = reader;
    this.#onFirst = onFirst;
    this.#resolve = resolve;
  }

  data(chunk: Buffer): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#onFirst();
    }
    this.#write(this.#reader.push(chunk));
  }

  end(): void {
    this.#write(this.#reader.end());
    if (this.#reader.failed) this.#resolve({ kind: 'interrupted', error: this.#broken('an error in its stream') });
    else if (this.#reader.complete) this.#resolve(COMPLETED);
    else {
      this.error(this.#broken('a stream that ends too early'));
      return;
    }
    this.#client.end();
  }

  error(error: SluiceError): void {
    // A blank line first: the upstream may have died in the middle of an event.
    this.#client.write(`\n\nevent: error\ndata: ${JSON.stringify(toEnvelope(error).body)}\n\n`);
    this.#client.end();
    this.#resolve({ kind: 'interrupted', error });
  }

  #broken(what: string): SluiceError {
    return gatewayErrors.badAnswer(this.#pool, `with ${what}`);
  }

  #write(bytes: Buffer): void {
    if (bytes.length > 0 && !this.#client.write(bytes)) this.#exchange.pause();
  }
}

export type Collected =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'broken'; readonly error: SluiceError }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'abandoned' };

/** The whole body, for answers that are checked or sent in one piece. */
export function collect(
  exchange: Exchange,
  client: Client,
  limitBytes: number,
  onFirst: () => void,
): Promise<Collected> {
  return new Promise((resolve) => {
    client.onGone(() => {
      exchange.abort();
      resolve(ABANDONED);
    });
    exchange.consume(new Collector(exchange, limitBytes, onFirst, resolve));
  });
}

class Collector implements Sink {
  readonly #exchange: Exchange;
  readonly #limitBytes: number;
  readonly #onFirst: () => void;
  readonly #resolve: (collected: Collected) => void;
  #first: Buffer | undefined;
  /** From the second chunk on. */
  #chunks: Buffer[] | undefined;
  #size = 0;

  constructor(exchange: Exchange, limitBytes: number, onFirst: () => void, resolve: (collected: Collected) => void) {
    this.#exchange = exchange;
    this.#limitBytes = limitBytes;
    this.#onFirst = onFirst;
    this.#resolve = resolve;
  }

  data(chunk: Buffer): void {
    if (this.#first === undefined) {
      this.#first = chunk;
      this.#onFirst();
    } else (this.#chunks ??= [this.#first]).push(chunk);
    this.#size += chunk.length;
    if (this.#size <= this.#limitBytes) return;
    this.#exchange.abort();
    this.#resolve({ kind: 'too-large' });
  }

  end(): void {
    const bytes = this.#chunks === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    this.#resolve({ kind: 'whole', bytes });
  }

  error(error: SluiceError): void {
    this.#resolve({ kind: 'broken', error });
  }
}
