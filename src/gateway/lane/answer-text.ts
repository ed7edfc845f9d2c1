// What goes out on a connection: an answer's head as text, and the chunked transfer coding (RFC 9112, sections 4 and 7.1).
import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../types.ts';

/** Anything else would begin another line, or another answer. */
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const CRLF = '\r\n';

/** Where the answer ends: behind so many bytes, or with a last chunk. */
export type BodyEnd = number | 'chunked';

/** Names must be tokens; throws a TypeError for a value that cannot stand in a line. */
export function headText(status: number, headers: HeaderList, end: BodyEnd, connection: string, date: string): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string | string[];
    if (typeof value === 'string') text += line(name, value);
    else for (const one of value) text += line(name, one);
  }
  text += `date: ${date}\r\n${connection}`;
  return end === 'chunked' ? `${text}transfer-encoding: chunked\r\n\r\n` : `${text}content-length: ${end}\r\n\r\n`;
}

function line(name: string, value: string): string {
  if (UNSAFE_VALUE.test(value)) throw new TypeError(`the value of ${name} cannot stand in a header line`);
  return `${name}: ${value}\r\n`;
}

export const LAST_CHUNK = '0\r\n\r\n';

/** `before` (Latin-1) and a chunk in one piece: copied, which for what a model says at once is cheaper than a write of several pieces. */
export function chunkOf(before: string, bytes: Buffer): Buffer {
  const size = bytes.length.toString(16);
  const head = before + size + CRLF;
  const chunk = Buffer.allocUnsafe(head.length + bytes.length + CRLF.length);
  chunk.write(head, 0, 'latin1');
  bytes.copy(chunk, head.length);
  chunk.write(CRLF, chunk.length - CRLF.length, 'latin1');
  return chunk;
}
