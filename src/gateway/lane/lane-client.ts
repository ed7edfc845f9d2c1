// The caller of one request on a connection of the lane. A call that comes after its answer does not meet the connection's next one.
import { Leaver } from '../http/leaver.ts';
import type { HeaderList } from '../types.ts';
import { type BodyEnd, chunkOf, headText, LAST_CHUNK } from './answer-text.ts';

/** The connection, as an answer needs it. */
export interface Wire {
  /** What an answer's head says of the connection. From here on it is settled whether the answer is the last. */
  readonly connectionLines: () => string;
  readonly date: () => string;
  /** Text is Latin-1. False: full, wait for drain. */
  readonly write: (before: string, bytes?: Buffer) => boolean;
  /** The last call of a client. */
  readonly answered: () => void;
  readonly destroy: () => void;
}

export class LaneClient extends Leaver {
  /** Until the answer is whole, or nobody waits for it any more. */
  #wire: Wire | undefined;
  #begun = false;
  /** A streamed answer's head, which goes out with its first chunk. */
  #head = '';
  #drainListener: (() => void) | undefined;

  constructor(wire: Wire) {
    super();
    this.#wire = wire;
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
    return this.#wire.write('', chunkOf(before, bytes));
  }

  end(): void {
    this.#wire?.write(this.#head + LAST_CHUNK);
    this.#answered();
  }

  send(status: number, headers: HeaderList, body: Buffer): void {
    if (this.#wire === undefined) return;
    const head = this.#headText(status, headers, body.length);
    this.#begun = true;
    this.#wire.write(head, body);
    this.#answered();
  }

  /** The connection's: it has room again. */
  drained(): void {
    this.#drainListener?.();
  }

  override left(): void {
    this.#wire = undefined;
    super.left();
  }

  protected get hasBegun(): boolean {
    return this.#begun;
  }

  protected breakOff(): void {
    this.#wire?.destroy();
  }

  #headText(status: number, headers: HeaderList, end: BodyEnd): string {
    const wire = this.#wire;
    return wire === undefined ? '' : headText(status, headers, end, wire.connectionLines(), wire.date());
  }

  #answered(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.answered();
  }
}
