// Upstream bytes to the caller, unchanged and with back-pressure; a tap looks at each chunk on its way.
import type { SluiceError } from '../../base/index.ts';
import type { Exchange } from '../../pool/index.ts';
import type { Client } from '../types.ts';
import type { UsageFilter } from '../usage-filter.ts';
import { toEnvelope } from './envelope.ts';

export type Relayed =
  | { readonly kind: 'completed' }
  | { readonly kind: 'interrupted'; readonly error: SluiceError }
  | { readonly kind: 'abandoned' };

/**
 * Streams until the upstream ends, breaks off (the caller then gets an SSE `error` event) or the caller leaves (the upstream is
 * released at once). `filter` takes out what the caller did not ask for.
 */
export function relay(
  exchange: Exchange,
  client: Client,
  tap: (chunk: Buffer) => void,
  filter: UsageFilter | undefined,
): Promise<Relayed> {
  const write = (bytes: Buffer): void => {
    if (bytes.length > 0 && !client.write(bytes)) exchange.pause();
  };
  return new Promise((resolve) => {
    client.onGone(() => {
      exchange.abort();
      resolve({ kind: 'abandoned' });
    });
    client.onDrain(() => exchange.resume());
    exchange.consume({
      data: (chunk) => {
        tap(chunk);
        write(filter === undefined ? chunk : filter.push(chunk));
      },
      end: () => {
        if (filter !== undefined) write(filter.end());
        client.end();
        resolve({ kind: 'completed' });
      },
      error: (error) => {
        // A blank line first: the upstream may have died in the middle of an event.
        client.write(`\n\nevent: error\ndata: ${JSON.stringify(toEnvelope(error).body)}\n\n`);
        client.end();
        resolve({ kind: 'interrupted', error });
      },
    });
  });
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
  tap: (chunk: Buffer) => void,
): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    client.onGone(() => {
      exchange.abort();
      resolve({ kind: 'abandoned' });
    });
    exchange.consume({
      data: (chunk) => {
        tap(chunk);
        chunks.push(chunk);
        size += chunk.length;
        if (size <= limitBytes) return;
        exchange.abort();
        resolve({ kind: 'too-large' });
      },
      end: () =>
        resolve({
          kind: 'whole',
          bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
        }),
      error: (error) => resolve({ kind: 'broken', error }),
    });
  });
}
