// The plain form of a request (RFC 9112), which most have. Whatever differs from it in any way is left to node:http, to take or to refuse.
import { hasForbidden, readFieldLines } from '../../pool/index.ts';
import type { RequestHead } from './types.ts';

/** node:http's own limit. */
const MOST_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const METHOD = 'POST ';
const VERSION = ' HTTP/1.1';
const LENGTH = /^\d{1,10}$/;

/** They say how a message ends, what it is packed in, or what is to be done before it is read. */
const NOT_PLAIN = ['transfer-encoding', 'content-encoding', 'expect', 'upgrade', 'trailer', 'te'];

export interface PlainHead extends RequestHead {
  /** Where the body begins, and how many bytes it has. */
  readonly bodyFrom: number;
  readonly bodyBytes: number;
  /** The caller wants no other answer on this connection. */
  readonly last: boolean;
}

/**
 * `bytes` begin with a request. undefined: it is not of the plain form, which is a whole head with POST, one of `paths` as it stands, HTTP/1.1,
 * well-formed lines, no name twice, a host, a length, JSON.
 */
export function readPlainHead(bytes: Buffer, paths: ReadonlySet<string>): PlainHead | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0 || end > MOST_HEAD_BYTES) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd < 0 || !text.startsWith(METHOD) || !text.startsWith(VERSION, lineEnd - VERSION.length)) return undefined;
  const path = text.slice(METHOD.length, lineEnd - VERSION.length);
  if (!paths.has(path) || hasForbidden(text)) return undefined;
  const headers = readFieldLines(text, lineEnd + 2);
  if (headers === undefined || !isPlain(headers)) return undefined;
  const { connection } = headers;
  if (connection !== undefined && connection !== 'keep-alive' && connection !== 'close') return undefined;
  return {
    path,
    headers,
    bodyFrom: end + END_OF_HEAD.length,
    bodyBytes: Number(headers['content-length']),
    last: connection === 'close',
  };
}

function isPlain(headers: Readonly<Record<string, string | string[]>>): headers is Record<string, string> {
  for (const name in headers) if (typeof headers[name] !== 'string') return false;
  for (const name of NOT_PLAIN) if (headers[name] !== undefined) return false;
  const { host, 'content-length': length, 'content-type': type } = headers as Record<string, string>;
  return host !== undefined && length !== undefined && LENGTH.test(length) && type !== undefined && isJson(type);
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === 'application/json; charset=utf-8';
}
