// One caller's connection: plain requests, one after the other, are read and answered here; with the first that is not it goes over to node:http.
import type { Socket } from 'node:net';
import { releaseWrites, writeHeld } from '../../pool/index.ts';
import { LaneClient, type Wire } from './lane-client.ts';
import { type PlainHead, readPlainHead } from './read-request.ts';
import type { Lane } from './types.ts';

/** What may lie here of further requests while one is answered; then the caller is not read from. */
const MOST_HELD_BYTES = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** Who owns connections. */
export interface Owner {
  /** No further request is taken on any connection. */
  readonly closing: () => boolean;
  readonly date: () => string;
  /** node:http takes it from here; none of its bytes has been read. */
  readonly handOver: (socket: Socket) => void;
  readonly closed: (connection: LaneConnection) => void;
}

/** A request that has not come whole. */
interface Arrival {
  readonly head: PlainHead;
  readonly pieces: Buffer[];
  /** Bytes of its body. */
  missing: number;
}

/** `waiting`: for the first byte of a request. */
type State = 'waiting' | 'arriving' | 'answering' | 'over';

export class LaneConnection implements Wire {
  readonly #socket: Socket;
  readonly #lane: Lane;
  readonly #owner: Owner;
  #state: State = 'waiting';
  /** Since when it waits, or a request arrives (monotonic ms). */
  #sinceMs: number;
  /** It has brought a request. */
  #served = false;
  /** Bytes of further requests. */
  #held = NOTHING;
  #arrival: Arrival | undefined;
  /** Who waits for the answer under way, after which the connection ends if it is the last. */
  #client: LaneClient | undefined;
  #last = false;

  constructor(socket: Socket, lane: Lane, owner: Owner) {
    this.#socket = socket;
    this.#lane = lane;
    this.#owner = owner;
    this.#sinceMs = lane.now();
    socket.on('data', this.#read).on('drain', this.#drained).on('end', this.#ended);
    socket.on('error', this.#broke).on('close', this.#closed);
  }

  /** Ends if nothing of a request is here, behind what is still on its way out. */
  closeIfIdle(): void {
    if (this.#idle) this.#finish();
  }

  /** Ends what has had its time. */
  sweep(nowMs: number): void {
    const { arrivalMs, idleMs } = this.#lane;
    const forMs = nowMs - this.#sinceMs;
    if (this.#state === 'arriving' && forMs > arrivalMs) this.#refuse('late');
    else if (this.#state !== 'waiting') return;
    else if (this.#served ? forMs > idleMs : forMs > arrivalMs) this.destroy();
  }

  connectionLines(): string {
    if (this.#owner.closing() && this.#held.length === 0) this.#last = true;
    if (this.#last) return 'connection: close\r\n';
    return `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(this.#lane.idleMs / 1_000)}\r\n`;
  }

  date(): string {
    return this.#owner.date();
  }

  write(before: string, bytes?: Buffer): boolean {
    return writeHeld(this.#socket, before, bytes);
  }

  answered(): void {
    this.#client = undefined;
    if (this.#state === 'over') return;
    // What has come already gets its answer, and be it that nothing is taken any more.
    if (this.#last || (this.#owner.closing() && this.#held.length === 0)) return this.#finish();
    this.#state = 'waiting';
    this.#sinceMs = this.#lane.now();
    if (this.#held.length > 0) process.nextTick(() => this.#next());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get #idle(): boolean {
    return this.#state === 'waiting' && this.#held.length === 0;
  }

  readonly #read = (bytes: Buffer): void => {
    if (this.#arrival !== undefined) this.#collect(this.#arrival, bytes);
    else if (this.#idle) this.#begin(bytes);
    else if (this.#state !== 'over') {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
      if (this.#held.length > MOST_HELD_BYTES) this.#socket.pause();
    }
  };

  /** What was held is read once the answers before it have gone out. */
  #next(): void {
    if (this.#state !== 'waiting' || this.#held.length === 0 || this.#socket.writableNeedDrain) return;
    const bytes = this.#held;
    this.#held = NOTHING;
    this.#socket.resume();
    this.#begin(bytes);
  }

  #begin(bytes: Buffer): void {
    const head = readPlainHead(bytes, this.#lane.paths);
    if (head === undefined || head.bodyBytes > this.#lane.mostBodyBytes || !this.#lane.takes(head)) {
      return this.#handOver(bytes);
    }
    const end = head.bodyFrom + head.bodyBytes;
    if (bytes.length >= end) {
      this.#held = bytes.length > end ? bytes.subarray(end) : NOTHING;
      return this.#serve(head, bytes.subarray(head.bodyFrom, end));
    }
    this.#state = 'arriving';
    this.#sinceMs = this.#lane.now();
    this.#arrival = { head, pieces: [bytes.subarray(head.bodyFrom)], missing: end - bytes.length };
  }

  #collect(arrival: Arrival, bytes: Buffer): void {
    const { head, pieces, missing } = arrival;
    pieces.push(bytes.subarray(0, missing));
    arrival.missing -= bytes.length;
    if (arrival.missing > 0) return;
    this.#arrival = undefined;
    if (bytes.length > missing) this.#held = bytes.subarray(missing);
    this.#serve(head, Buffer.concat(pieces));
  }

  #serve(head: PlainHead, body: Buffer): void {
    const { path, headers, last } = head;
    this.#state = 'answering';
    this.#served = true;
    this.#last = last;
    const client = new LaneClient(this);
    this.#client = client;
    this.#lane.serve({ path, headers, body }, client);
  }

  #handOver(bytes: Buffer): void {
    this.#state = 'over';
    const socket = this.#socket;
    socket.off('data', this.#read).off('drain', this.#drained).off('end', this.#ended);
    socket.off('error', this.#broke).off('close', this.#closed);
    releaseWrites(socket);
    this.#owner.closed(this);
    this.#owner.handOver(socket);
    socket.unshift(bytes);
  }

  #refuse(why: 'late' | 'broken'): void {
    this.#arrival = undefined;
    this.#state = 'over';
    this.#socket.write(this.#lane.refuse(why));
    this.#socket.destroySoon();
  }

  #finish(): void {
    this.#state = 'over';
    this.#socket.destroySoon();
  }

  readonly #drained = (): void => {
    this.#client?.drained();
    this.#next();
  };

  /** Who says no more does not listen either: so has it always been with node:http. */
  readonly #ended = (): void => {
    if (this.#state === 'arriving') this.#refuse('broken');
    else if (this.#state === 'waiting') this.#finish();
    else if (this.#state === 'answering') this.destroy();
  };

  readonly #broke = (): void => {
    // `close` follows.
  };

  readonly #closed = (): void => {
    this.#state = 'over';
    const client = this.#client;
    this.#client = undefined;
    this.#owner.closed(this);
    client?.left();
  };
}
