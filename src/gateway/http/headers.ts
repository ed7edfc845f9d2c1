// Which headers cross the gateway: everything end-to-end, but nothing that belongs to one hop, to Sluice, or to somebody else.
import type { IncomingHttpHeaders } from 'node:http';
import type { ResponseHead } from '../../pool/index.ts';
import type { HeaderList } from '../types.ts';

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
];

/** Of the request: bodies are sent anew, answers are asked for unpacked, and cookies are the gateway's site's, not the upstream's. */
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'content-type',
  'accept-encoding',
  'expect',
  'cookie',
  'idempotency-key',
  'forwarded',
  'via',
]);

/** Callers' credentials: passed on only to an upstream that has no key of its own, and only of callers that the policy does not know. */
const CREDENTIALS = new Set(['authorization', 'api-key', 'x-api-key']);

/** Of the answer: its length is written anew, and cookies or a server's name are not the caller's business. */
const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  'content-length',
  'set-cookie',
  'server',
  'date',
  'alt-svc',
  'strict-transport-security',
]);

/** Of the caller's headers those that the upstream gets; `traceparent` takes the place of the caller's. */
export function upstreamHeaders(
  inbound: IncomingHttpHeaders,
  credentialsEndHere: boolean,
  traceparent: string | undefined,
): string[] {
  const headers = ['content-type', 'application/json'];
  const named = connectionNamed(inbound.connection);
  for (const name in inbound) {
    if (NOT_FORWARDED.has(name) || named.has(name)) continue;
    if (isOurs(name) || name.startsWith('x-forwarded-') || (credentialsEndHere && CREDENTIALS.has(name))) continue;
    const value = name === 'traceparent' && traceparent !== undefined ? undefined : inbound[name];
    if (value !== undefined) headers.push(name, Array.isArray(value) ? value.join(', ') : value);
  }
  if (traceparent !== undefined) headers.push('traceparent', traceparent);
  return headers;
}

/** Of the upstream's headers those that the caller gets. */
export function answerHeaders(upstream: ResponseHead['headers']): HeaderList {
  const headers: HeaderList = [];
  const connection = upstream['connection'];
  const named = connectionNamed(Array.isArray(connection) ? connection.join(',') : connection);
  for (const name in upstream) {
    const value = upstream[name];
    if (value === undefined || NOT_RETURNED.has(name) || named.has(name) || isOurs(name)) continue;
    headers.push(name, value);
  }
  return headers;
}

function isOurs(name: string): boolean {
  return name.startsWith('x-sluice-');
}

const NONE: ReadonlySet<string> = new Set();

function connectionNamed(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NONE;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

const UNSAFE = /[^\x20-\x7e]/;

/** A value that fits in a header line: printable ASCII, at most 200 characters. */
export function headerSafe(text: string): string {
  if (text.length <= 200 && !UNSAFE.test(text)) return text;
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
