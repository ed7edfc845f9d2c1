// The caller's end of a hijacked reply: told apart are "answer finished" and "caller left".
import type { ServerResponse } from 'node:http';
import type { Client } from '../types.ts';
import { toEnvelope } from './envelope.ts';

/**
 * Watches the *response*'s close: the request's own signal fires as soon as the body is read.
 * Left before the answer was whole <=> closed and not `writableFinished`.
 */
export function createClientStream(raw: ServerResponse): Client {
  // They may have left while their request was still being read: no `close` would follow.
  let gone = raw.destroyed;
  let goneListener: (() => void) | undefined;
  raw.on('close', () => {
    if (raw.writableFinished) return;
    gone = true;
    goneListener?.();
  });
  // A reset of the caller's socket is the same news.
  raw.on('error', () => undefined);
  return {
    get gone() {
      return gone;
    },
    onGone: (listener) => {
      goneListener = listener;
      if (gone) listener();
    },
    onDrain: (listener) => {
      raw.on('drain', listener);
    },
    begin: (status, headers) => {
      raw.writeHead(status, headers);
    },
    write: (chunk) => raw.write(chunk),
    end: () => {
      raw.end();
    },
    send: (status, headers, body) => {
      raw.writeHead(status, { ...headers, 'content-length': body.length });
      raw.end(body);
    },
    fail: (error, headers) => {
      if (raw.headersSent) {
        // Too late for an envelope: a broken connection is the only way left to say that the answer is not whole.
        raw.destroy();
        return;
      }
      const envelope = toEnvelope(error);
      const body = Buffer.from(JSON.stringify(envelope.body));
      raw.writeHead(envelope.status, { ...headers, ...envelope.headers, 'content-length': body.length });
      raw.end(body);
    },
  };
}
