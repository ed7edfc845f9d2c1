// Answers in any pieces, and answers with anything wrong in them: what the parser takes, node's own takes too, and reads the same.
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerParser } from './answer-parser.ts';
import type { AnswerHeaders } from './types.ts';
import { WireError } from './wire-error.ts';

interface Heard {
  status: number;
  headers: AnswerHeaders;
  body: string;
  whole: boolean;
  reusable: boolean;
  flaw: string | undefined;
}

/** Reads pieces and then the end of the connection. */
function parse(pieces: readonly Buffer[]): Heard {
  const heard: Heard = { status: 0, headers: {}, body: '', whole: false, reusable: false, flaw: undefined };
  const parser = new AnswerParser({
    onHead: (status, headers) => Object.assign(heard, { status, headers }),
    onData: (bytes) => (heard.body += bytes.toString('latin1')),
    onWhole: (reusable) => Object.assign(heard, { whole: true, reusable }),
  });
  parser.expect();
  try {
    // A read's buffer belongs to the parser.
    for (const piece of pieces) if (parser.busy) parser.read(Buffer.from(piece));
    if (!parser.close()) heard.flaw = 'closed';
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    heard.flaw = error.flaw;
  }
  return heard;
}

const parseText = (text: string): Heard => parse([Buffer.from(text, 'latin1')]);

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges
    .slice(1)
    .map((edge, i) => bytes.subarray(edges[i], edge))
    .filter(({ length }) => length > 0);
}

/** What node's client makes of the bytes and the end of the connection after them; undefined: it refuses them. */
function parseWithNode(bytes: Buffer): Promise<Pick<Heard, 'status' | 'headers' | 'body'> | undefined> {
  return new Promise((resolve) => {
    let at = 0;
    const socket = new Duplex({
      // One by one: what follows an answer is not to spoil it.
      read() {
        const next = at < bytes.length ? bytes.subarray(at, ++at) : null;
        setImmediate(() => this.push(next));
      },
      write: (_chunk, _encoding, done) => done(),
    });
    const asked = request({ createConnection: () => socket, method: 'POST', path: '/' });
    asked.on('error', () => resolve(undefined));
    asked.on('response', (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (text: string) => (body += text));
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const { statusCode, headersDistinct } = response;
        resolve({ status: statusCode ?? 0, headers: headersDistinct, body });
      });
    });
    asked.end();
  });
}

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).map((name) => `x-${name}`);
const value = fc.stringMatching(/^[!-~\u00a1-\u00ff]([ \t!-~]{0,12}[!-~])?$/);
const headerLines = fc.array(fc.tuple(token, value), { maxLength: 4 });
const chunk = fc.tuple(
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
  fc.constantFrom('', ';name=value', ';a="b"'),
  fc.boolean(),
);
const framing = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((body) => ({
    lines: [`Content-Length: ${body.length}`],
    wire: body,
    body,
  })),
  fc
    .tuple(fc.array(chunk, { maxLength: 5 }), fc.constantFrom('', 'x-checksum: 1\r\n', 'a: b\r\nc:\r\n'))
    .map(([chunks, trailers]) => ({
      lines: ['Transfer-Encoding: Chunked'],
      wire: `${chunks.map(([text, extension, upper]) => sizeOf(text, upper) + extension + `\r\n${text}\r\n`).join('')}0\r\n${trailers}\r\n`,
      body: chunks.map(([text]) => text).join(''),
    })),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((body) => ({ lines: [] as string[], wire: body, body })),
);

function sizeOf(text: string, upper: boolean): string {
  const size = text.length.toString(16);
  return upper ? `0${size.toUpperCase()}` : size;
}

const answer = fc
  .record({
    interim: fc.array(fc.constantFrom('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 'HTTP/1.1 102 \r\n\r\n'), {
      maxLength: 2,
    }),
    line: fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found', 'HTTP/1.1 599 ', 'HTTP/1.1 201'),
    more: headerLines,
    framing,
  })
  .map(({ interim, line, more, framing: { lines, wire, body } }) => ({
    status: Number(line.slice(9, 12)),
    more,
    body,
    closes: lines.length === 0,
    text: `${interim.join('')}${[line, ...more.map(([name, said]) => `${name}: ${said} `), ...lines].join('\r\n')}\r\n\r\n${wire}`,
  }));
const cuts = fc.array(fc.nat({ max: 10_000 }), { maxLength: 10 });

describe('an answer', () => {
  it('in any pieces is the same answer', () => {
    fc.assert(
      fc.property(answer, cuts, ({ status, more, body, closes, text }, at) => {
        const heard = parse(cut(Buffer.from(text, 'latin1'), at));
        expect(heard).toMatchObject({ status, body, whole: true, reusable: !closes, flaw: undefined });
        for (const [name] of more) {
          const said = more.filter(([other]) => other === name).map(([, text]) => text);
          expect(heard.headers[name]).toEqual(said.length === 1 ? said[0] : said);
        }
      }),
      { numRuns: 400, seed: 20_261_126 },
    );
  });

  it('with anything changed in it is refused, or is what node’s parser takes it for', async () => {
    // No tab: node's parser does not take one for the blank that it is.
    const change = fc.tuple(
      fc.nat({ max: 10_000 }),
      fc.nat({ max: 3 }),
      fc.constantFrom('', '\r', '\n', '\r\n', ' ', ':', ';', '0', '9', 'f', '\0', '\x7f', '\xff', ',', '-', '+'),
    );
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        answer,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        cuts,
        async ({ text }, changes, at) => {
          let bytes = text;
          for (const [place, removed, put] of changes) {
            const from = place % (bytes.length + 1);
            bytes = bytes.slice(0, from) + put + bytes.slice(from + removed);
          }
          const wire = Buffer.from(bytes, 'latin1');
          const heard = parse(cut(wire, at));
          if (!heard.whole) return;
          taken++;
          const { status, headers, body } = (await parseWithNode(wire)) ?? {};
          expect({ status, body }).toEqual({ status: heard.status, body: heard.body });
          for (const name in heard.headers) expect([heard.headers[name]].flat()).toEqual(headers?.[name]);
        },
      ),
      { numRuns: 1_500, seed: 20_261_126 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it.each<[string, string, Partial<Heard>]>([
    ['no content has no body', 'HTTP/1.1 204 No Content\r\n\r\n', { whole: true, reusable: true }],
    ['not modified neither', 'HTTP/1.1 304 X\r\ncontent-length: 5\r\n\r\n', { whole: true, body: '' }],
    [
      'that closes ends its connection',
      `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      { whole: true, reusable: false },
    ],
    ['of HTTP/1.0 does too', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', { whole: true, reusable: false }],
    [
      'unless it says otherwise',
      'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\nx',
      { reusable: true },
    ],
    [
      'that is followed by something is whole, and its connection is not used again',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxy',
      { whole: true, body: 'x', reusable: false },
    ],
    ['in chunks neither', `${CHUNKED}1\r\nx\r\n0\r\n\r\ny`, { whole: true, body: 'x', reusable: false }],
    [
      'says its length twice alike',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx',
      { whole: true, body: 'x' },
    ],
    [
      'with a header named like what objects inherit',
      'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\ncontent-length: 0\r\n\r\n',
      { whole: true },
    ],
  ])('%s', (_what, text, expected) => {
    expect(parseText(text)).toMatchObject(expected);
  });

  it.each<[string, string]>([
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\nx'],
    ['a signed length', 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\nx'],
    ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nx'],
    ['another coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['chunked twice', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\n\r\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nx : 1\r\n\r\n'],
    ['a bare line feed', 'HTTP/1.1 200 OK\nx: 1\r\n\r\n'],
    ['another protocol', 'ICY 200 OK\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a chunk without a size', `${CHUNKED};x\r\n`],
    ['a chunk of an absurd size', `${CHUNKED}fffffffff\r\n`],
    ['a chunk that is longer than it says', `${CHUNKED}1\r\nxy\r\n`],
    ['a line feed in an extension', `${CHUNKED}1;\nx\r\n`],
    ['an extension without end', `${CHUNKED}1;${'x'.repeat(20_000)}`],
    ['trailers without end', `${CHUNKED}0\r\n${'x: y\r\n'.repeat(4_000)}`],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(8_000)}`],
    ['interim answers without end', 'HTTP/1.1 103 X\r\n\r\n'.repeat(20)],
  ])('with %s is refused', (_what, text) => {
    expect(parseText(text)).toMatchObject({ whole: false, flaw: 'protocol' });
  });

  it('is told of as far as it is good', () => {
    expect(parseText(`${CHUNKED}4\r\ngood\r\nno`)).toMatchObject({ body: 'good', flaw: 'protocol' });
  });

  it.each([
    ['before its head', ''],
    ['in its head', 'HTTP/1.1 200'],
    ['in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'],
    ['between chunks', `${CHUNKED}1\r\nx\r\n`],
    ['after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('that ends %s is not whole', (_when, text) => {
    expect(parseText(text)).toMatchObject({ whole: false, flaw: 'closed' });
  });

  it('in chunks is handed on in one piece for each read', () => {
    const pieces: string[] = [];
    const parser = new AnswerParser({
      onHead: () => undefined,
      onData: (bytes) => pieces.push(bytes.toString()),
      onWhole: () => pieces.push('end'),
    });
    parser.expect();
    parser.read(Buffer.from(`${CHUNKED}1\r\na\r\n2\r\nbc\r\n3\r\nd`));
    parser.read(Buffer.from('ef\r\n1\r\ng\r\n0\r\n\r\n'));
    expect(pieces).toEqual(['abcd', 'efg', 'end']);
  });
});

describe('a server that speaks', () => {
  it('unasked is not understood', () => {
    const parser = new AnswerParser({ onHead: () => undefined, onData: () => undefined, onWhole: () => undefined });
    expect(() => parser.read(Buffer.from('HTTP/1.1 408 Request Timeout\r\n\r\n'))).toThrow(WireError);
  });
});
