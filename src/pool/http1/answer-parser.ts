// Bytes of a connection -> one answer at a time. Holds nothing of a body: what has come is handed on at once.
import { ChunkedBody } from './chunked.ts';
import { readHead, type BodyEnd } from './read-head.ts';
import type { AnswerHeaders } from './types.ts';
import { WireError } from './wire-error.ts';

const MOST_HEAD_BYTES = 32 * 1024;
/** Interim answers (1xx) before the real one. */
const MOST_INTERIM = 16;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const BEGINNING = Buffer.from('HTTP/1.');
const NOTHING: Buffer = Buffer.alloc(0);

/** What the parser tells, from within `read` or `close`. */
export interface Told {
  onHead(status: number, headers: AnswerHeaders): void;
  onData(bytes: Buffer): void;
  /** `reusable`: nothing stands against another request on this connection. The last thing a parser does for an answer. */
  onWhole(reusable: boolean): void;
}

export class AnswerParser {
  /** An answer is due or under way. */
  busy = false;
  /** What the server said last of how long (s) it keeps idle connections. */
  keepAliveSeconds: number | undefined;
  readonly #told: Told;
  readonly #chunked = new ChunkedBody();
  #inBody = false;
  #held = NOTHING;
  #interim = 0;
  #body: BodyEnd = 'length';
  #left = 0;
  #persistent = false;

  constructor(told: Told) {
    this.#told = told;
  }

  /** A request has been sent. */
  expect(): void {
    this.busy = true;
    this.#inBody = false;
    this.#interim = 0;
  }

  /** Throws WireError (protocol). `bytes` are the parser's from now on: views of them are handed out, and they are changed. */
  read(bytes: Buffer): void {
    if (!this.busy) throw new WireError('protocol', 'the server says something unasked');
    if (this.#inBody) this.#readBody(bytes, 0);
    else this.#readHeads(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]));
  }

  /** Nothing will come any more. False: an answer was due or under way, and is not whole. */
  close(): boolean {
    if (!this.busy) return true;
    if (!this.#inBody || this.#body !== 'close') return false;
    this.#end(false);
    return true;
  }

  #readHeads(bytes: Buffer): void {
    this.#held = NOTHING;
    for (let from = 0; ;) {
      const end = bytes.indexOf(END_OF_HEAD, from);
      if (end < 0 || end - from > MOST_HEAD_BYTES) return this.#hold(bytes.subarray(from), end >= 0);
      const { status, headers, body, length, persistent, keepAliveSeconds } = readHead(
        bytes.toString('latin1', from, end),
      );
      from = end + END_OF_HEAD.length;
      if (status < 200) {
        if (status === 101) throw new WireError('protocol', 'the server changes the protocol unasked');
        if (!persistent) throw new WireError('protocol', 'the server closes after an interim answer');
        if (++this.#interim > MOST_INTERIM) throw new WireError('protocol', 'the server answers 1xx without end');
        if (from === bytes.length) return;
        continue;
      }
      this.#inBody = true;
      this.#body = body;
      this.#left = length;
      this.#persistent = persistent;
      this.keepAliveSeconds = keepAliveSeconds;
      if (body === 'chunked') this.#chunked.reset();
      this.#told.onHead(status, headers);
      return this.#readBody(bytes, from);
    }
  }

  /** A head that has not come whole. */
  #hold(bytes: Buffer, tooLong: boolean): void {
    const seen = Math.min(bytes.length, BEGINNING.length);
    if (bytes.compare(BEGINNING, 0, seen, 0, seen) !== 0) throw new WireError('protocol', 'the answer is not HTTP/1');
    if (tooLong || bytes.length > MOST_HEAD_BYTES) throw new WireError('protocol', 'the answer’s head is too long');
    this.#held = bytes;
  }

  /** Whoever is told may give the answer up: `busy` says so. */
  #readBody(bytes: Buffer, from: number): void {
    switch (this.#body) {
      case 'length': {
        const to = Math.min(bytes.length, from + this.#left);
        this.#left -= to - from;
        if (to > from && this.busy)
          this.#told.onData(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
        if (this.#left === 0 && this.busy) this.#end(this.#persistent && to === bytes.length);
        return;
      }
      case 'chunked': {
        const piece = this.#chunked.read(bytes, from);
        const { done, flaw, readTo } = this.#chunked;
        if (piece.length > 0 && this.busy) this.#told.onData(piece);
        if (flaw !== undefined) throw flaw;
        if (done && this.busy) this.#end(this.#persistent && readTo === bytes.length);
        return;
      }
      case 'close':
        if (bytes.length > from && this.busy) this.#told.onData(from === 0 ? bytes : bytes.subarray(from));
    }
  }

  #end(reusable: boolean): void {
    this.busy = false;
    this.#told.onWhole(reusable);
  }
}
