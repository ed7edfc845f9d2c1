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
const ABANDONED: Relayed = { kind: 'abandoned' };

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
