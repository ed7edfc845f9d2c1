// The caller's end of a hijacked reply: told apart are "answer finished" and "caller left".
import type { ServerResponse } from 'node:http';
import type { HeaderList } from '../types.ts';
import { Leaver } from './leaver.ts';

/**
 * Watches the *response*'s close: the request's own signal fires as soon as the body is read.
 * Left before the answer was whole <=> closed and not `writableFinished`.
 */
export class ClientStream extends Leaver {
  readonly #raw: ServerResponse;

  constructor(raw: ServerResponse) {
    super();
    this.#raw = raw;
    // They may have left while their request was still being read: no `close` would follow.
    if (raw.destroyed) this.left();
    raw.on('close', () => {
      if (!raw.writableFinished) this.left();
    });
    // A reset of the caller's socket is the same news.
    raw.on('error', ignore);
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
    this.#raw.end(body);
  }

  protected get hasBegun(): boolean {
    return this.#raw.headersSent;
  }

  protected breakOff(): void {
    this.#raw.destroy();
  }
}

function ignore(): void {
  // Nothing to do.
}
