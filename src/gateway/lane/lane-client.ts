// The caller of one request on a connection of the lane. A call that comes after its answer does not meet the connection's next one.
import type { SluiceError } from '../../base/index.ts';
import { toEnvelope } from '../http/envelope.ts';
import type { Client, HeaderList } from '../types.ts';
import { type BodyEnd, chunkOf, headText, LAST_CHUNK } from './answer-text.ts';

/** The connection, as an answer needs it. */
export interface Wire {
  /** The lines that say what becomes of the connection, and the date. */
  readonly connectionLines: () => string;
  readonly date: () => string;
  /** False: full, wait for drain. */
  readonly write: (bytes: Buffer | string) => boolean;
  /** The last call of a client. */
  readonly answered: () => void;
  readonly destroy: () => void;
}

/** What goes out in one string; more would be copied once too often. */
const ONE_PIECE_BYTES = 16 * 1024;

export class LaneClient implements Client {
  #wire: Wire | undefined;
  #gone = false;
  #begun = false;
  /** A streamed answer's head, which goes out with its first chunk. */
  #head = '';
  #goneListener: (() => void) | undefined;
  #drainListener: (() => void) | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get gone(): boolean {
    return this.#gone;
  }

  onGone(listener: () => void): void {
    this.#goneListener = listener;
    if (this.#gone) listener();
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  begin(status: number, headers: HeaderList): void {
    this.#head = this.#headText(status, headers, 'chunked');
    this.#begun = true;
  }

  write(chunk: Buffer | string): boolean {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    // A chunk without bytes would be the last one.
    if (this.#wire === undefined || bytes.length === 0) return true;
    const before = this.#head;
    this.#head = '';
    return this.#wire.write(chunkOf(before, bytes));
  }

  end(): void {
    this.#wire?.write(this.#head + LAST_CHUNK);
    this.#answered();
  }

  send(status: number, headers: HeaderList, body: Buffer): void {
    if (this.#wire === undefined) return;
    const head = this.#headText(status, headers, body.length);
    this.#begun = true;
    // Latin-1 is the bytes as they are.
    if (body.length <= ONE_PIECE_BYTES) this.#wire.write(head + body.toString('latin1'));
    else {
      this.#wire.write(head);
      this.#wire.write(body);
    }
    this.#answered();
  }

  fail(error: SluiceError, headers: HeaderList): void {
    if (this.#begun) {
      // Too late for an envelope: a broken connection is the only way left to say that the answer is not whole.
      this.#wire?.destroy();
      return;
    }
    const envelope = toEnvelope(error);
    for (const [name, value] of Object.entries(envelope.headers)) headers.push(name, value);
    this.send(envelope.status, headers, Buffer.from(JSON.stringify(envelope.body)));
  }

  /** The connection's: it has room again. */
  drained(): void {
    this.#drainListener?.();
  }

  /** The connection's: the caller has left. */
  left(): void {
    this.#wire = undefined;
    this.#gone = true;
    this.#goneListener?.();
  }

  #headText(status: number, headers: HeaderList, end: BodyEnd): string {
    const wire = this.#wire;
    return wire === undefined ? '' : headText(status, headers, end, wire.connectionLines(), wire.date());
  }

  #answered(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    this.#goneListener = undefined;
    wire?.answered();
  }
}
