// Any headers: hints are read or refused with a code, and nothing of this hop, of Sluice, or of somebody else crosses the gateway.
import type { IncomingHttpHeaders } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../src/base/index.ts';
import { answerHeaders, headerSafe, upstreamHeaders } from '../../src/gateway/http/headers.ts';
import { readHints } from '../../src/gateway/http/request-headers.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const OURS = [
  'x-sluice-session',
  'x-sluice-pool',
  'x-sluice-slo',
  'x-sluice-tags',
  'x-sluice-',
  'x-sluice-decision-id',
];
const PRIVATE = [
  'cookie',
  'set-cookie',
  'host',
  'content-length',
  'authorization',
  'api-key',
  'x-api-key',
  'x-forwarded-for',
];
const OTHER = ['accept', 'x-request-id', 'x-hop', 'content-type', 'openai-organization', 'traceparent'];

const name = fc.oneof(
  fc.constantFrom(...HOP, ...OURS, ...PRIVATE, ...OTHER),
  // As node:http gives them: tokens in lower case.
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,12}$/),
);
const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
const connection = fc
  .array(fc.oneof(name, fc.constantFrom('close', 'Keep-Alive', 'X-Hop')), { maxLength: 3 })
  .map((names) => names.join(' , '));
const headers = fc
  .tuple(
    fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })), { maxKeys: 12 }),
    fc.option(connection),
  )
  .map(([{ connection: _twice, ...all }, named]) => {
    // Which node:http gives as one, however often it was sent.
    return { ...all, ...(named === null ? {} : { connection: named }) };
  });

const namesIn = (list: readonly unknown[]): string[] => list.filter((_, i) => i % 2 === 0).map(String);
function namedByConnection(all: IncomingHttpHeaders): string[] {
  const said = all.connection as string | string[] | undefined;
  return (Array.isArray(said) ? said.join(',') : (said ?? '')).split(',').map((one) => one.trim().toLowerCase());
}

describe('whatever headers there are', { timeout: TIMEOUT_MS }, () => {
  it('hints are read, or refused with a code and the header’s name', () => {
    fc.assert(
      fc.property(
        headers,
        fc.option(fc.tuple(fc.constantFrom(...OURS), fc.string({ unit: 'binary' }))),
        (all, ours) => {
          try {
            readHints(ours === null ? all : { ...all, [ours[0]]: ours[1] });
          } catch (error) {
            expect(error).toBeInstanceOf(SluiceError);
            expect((error as SluiceError).param).toMatch(/^x-sluice-/u);
          }
        },
      ),
      runs(500),
    );
  });

  it('an upstream gets none of this hop, of Sluice or of the site, and a key only if it has none of its own', () => {
    fc.assert(
      fc.property(
        headers,
        fc.boolean(),
        fc.option(fc.constant('00-trace'), { nil: undefined }),
        (all, hasKey, trace) => {
          const list = upstreamHeaders(all, hasKey, trace);
          const names = namesIn(list);
          expect(list.every((item) => typeof item === 'string')).toBe(true);
          expect(new Set(names).size).toBe(names.length);
          const dropped = namedByConnection(all);
          for (const one of names) {
            expect(HOP).not.toContain(one);
            expect(one.startsWith('x-sluice-') || one.startsWith('x-forwarded-')).toBe(false);
            expect(['cookie', 'host', 'content-length', 'expect', 'idempotency-key']).not.toContain(one);
            if (hasKey) expect(['authorization', 'api-key', 'x-api-key']).not.toContain(one);
            if (one !== 'content-type' && one !== 'traceparent') expect(dropped).not.toContain(one);
          }
          if (trace !== undefined) expect(list[list.indexOf('traceparent') + 1]).toBe(trace);
        },
      ),
      runs(500),
    );
  });

  it('a caller gets none of the upstream’s hop, cookies, or headers that look like ours', () => {
    fc.assert(
      fc.property(headers, (all) => {
        const dropped = namedByConnection(all);
        for (const one of namesIn(answerHeaders(all))) {
          expect([...HOP, ...dropped, 'set-cookie', 'server', 'content-length']).not.toContain(one);
          expect(one.startsWith('x-sluice-')).toBe(false);
        }
      }),
      runs(500),
    );
  });

  it('what Sluice says in a header fits in a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(headerSafe(text)).toMatch(/^[\x20-\x7e]{0,200}$/);
      }),
      runs(300),
    );
  });
});
