// The caller's end of a hijacked reply: told apart are "answer finished" and "caller left".
import type { ServerResponse } from 'node:http';
import type { SluiceError } from '../../base/index.ts';
import type { Client, HeaderList } from '../types.ts';
import { toEnvelope } from './envelope.ts';

const ONE_PIECE_BYTES = 16 * 1024;

/**
 * Watches the *response*'s close: the request's own signal fires as soon as the body is read.
 * Left before the answer was whole <=> closed and not `writableFinished`.
 */
export class ClientStream implements Client {
  readonly #raw: ServerResponse;
  #gone: boolean;
  #goneListener: (() => void) | undefined;

  constructor(raw: ServerResponse) {
    this.#raw = raw;
    // They may have left while their request was still being read: no `close` would follow.
    this.#gone = raw.destroyed;
    raw.on('close', () => {
      if (raw.writableFinished) return;
      this.#gone = true;
      this.#goneListener?.();
    });
    // A reset of the caller's socket is the same news.
    raw.on('error', ignore);
  }

  get gone(): boolean {
    return this.#gone;
  }

  onGone(listener: () => void): void {
    this.#goneListener = listener;
    if (this.#gone) listener();
  }

  onDrain(listener: () => void): void {
    this.#raw.on('drain', listener);
  }

  begin(status: number, headers: HeaderList): void {
    this.#raw.writeHead(status, headers);
  }

  write(chunk: Buffer | string): boolean {
    return this.#raw.write(chunk);
  }

  end(): void {
    this.#raw.end();
  }

  send(status: number, headers: HeaderList, body: Buffer): void {
    headers.push('content-length', String(body.length));
    this.#raw.writeHead(status, headers);
    // As a string it goes out in one piece with the head: a buffer would take a writev of two. Latin-1 is the bytes as they are.
    if (body.length <= ONE_PIECE_BYTES) this.#raw.end(body.toString('latin1'), 'latin1');
    else this.#raw.end(body);
  }

  fail(error: SluiceError, headers: HeaderList): void {
    if (this.#raw.headersSent) {
      // Too late for an envelope: a broken connection is the only way left to say that the answer is not whole.
      this.#raw.destroy();
      return;
    }
    const envelope = toEnvelope(error);
    for (const [name, value] of Object.entries(envelope.headers)) headers.push(name, value);
    this.send(envelope.status, headers, Buffer.from(JSON.stringify(envelope.body)));
  }
}

function ignore(): void {
  // Nothing to do.
}
