// An answer's head -> status, headers and how its body ends (RFC 9112, sections 4 to 6), strictly: what is ambiguous is an error.
import { endOfLine, hasForbidden, readFieldLines } from './field-lines.ts';
import type { AnswerHeaders } from './types.ts';
import { WireError } from './wire-error.ts';

export interface Head {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: BodyEnd;
  /** Of the body, in bytes, if its end is by `length`. */
  readonly length: number;
  /** Whether the connection can be used again after a whole answer. */
  readonly persistent: boolean;
  /** How long (s) the server says that it keeps an idle connection. */
  readonly keepAliveSeconds: number | undefined;
}

export type BodyEnd = 'length' | 'chunked' | 'close';

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const DIGITS = /^\d{1,15}$/;

/** `text`: the head as Latin-1, without the empty line at its end. Throws WireError (protocol). */
export function readHead(text: string): Head {
  if (hasForbidden(text)) throw flaw('a character that no head may have');
  const lineEnd = endOfLine(text, 0);
  const [, minor, code] = STATUS_LINE.exec(text.slice(0, lineEnd)) ?? [];
  if (code === undefined) throw flaw('no status line');
  const status = Number(code);
  const headers = fieldsFrom(text, lineEnd + 2);
  const { connection } = headers;
  const options = connection === undefined ? '' : String(connection).toLowerCase();
  const persistent = minor === '1' ? !options.includes('close') : options.includes('keep-alive');
  return { status, headers, persistent, keepAliveSeconds: keepAliveOf(headers), ...bodyOf(status, headers) };
}

/** Nobody wants trailers; but what is no trailer section is no end of an answer. Throws WireError (protocol). */
export function checkTrailers(text: string): void {
  if (hasForbidden(text)) throw flaw('a character that no trailer may have');
  fieldsFrom(text, 0);
}

function fieldsFrom(text: string, from: number): Record<string, string | string[]> {
  const headers = readFieldLines(text, from);
  if (headers === undefined) throw flaw('a header line without a name');
  return headers;
}

const NO_BODY = { body: 'length', length: 0 } as const;

function bodyOf(status: number, headers: AnswerHeaders): Pick<Head, 'body' | 'length'> {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (status < 200 || status === 204 || status === 304) return NO_BODY;
  if (coding !== undefined) {
    // Two ends of one body are how answers are smuggled.
    if (length !== undefined) throw flaw('both a length and a transfer coding');
    if (String(coding).toLowerCase() !== 'chunked') throw flaw('a transfer coding that was not asked for');
    return { body: 'chunked', length: 0 };
  }
  if (length === undefined) return { body: 'close', length: 0 };
  const [said, ...others] = typeof length === 'string' ? [length] : length;
  if (said === undefined || !DIGITS.test(said)) throw flaw('a length that is no number');
  if (others.some((other) => other !== said)) throw flaw('two lengths');
  return { body: 'length', length: Number(said) };
}

function keepAliveOf(headers: AnswerHeaders): number | undefined {
  const hint = headers['keep-alive'];
  const seconds = hint === undefined ? undefined : /\btimeout=(\d{1,6})\b/.exec(String(hint))?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function flaw(what: string): WireError {
  return new WireError('protocol', `the answer has ${what}`);
}
