// The end of an answer is found however the bytes are cut.
import { expect, test } from 'vitest';
import { createResponseReader } from './response-reader.ts';

const ANSWERS = {
  'content-length': 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nx: y\r\n\r\n{"a":"b\r\n"}',
  'no body': 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
  chunked:
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nabcd\n\n\r\n10\r\n0123456789abcd\n\n\r\n0\r\n\r\n',
  'chunked, empty': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
};

test.each(Object.entries(ANSWERS))('%s: whole after the last byte and not before', (_name, text) => {
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = createResponseReader();
    // Twice: a connection is used again.
    for (const round of [1, 2]) {
      for (let at = 0; at < bytes.length; at += size) {
        const ends = at + size >= bytes.length;
        expect(reader.see(bytes.subarray(at, at + size)), `round ${round}, pieces of ${size}, at ${at}`).toBe(ends);
      }
    }
    expect(reader.status).toBe(Number(text.slice(9, 12)));
  }
});
