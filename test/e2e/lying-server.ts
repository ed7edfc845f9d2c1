// A model server in raw TCP that tells one lie a request: whatever upstreams have been seen to do, and HTTP frameworks will not.
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { atEnd, listen } from './harness.ts';

/** Where not said otherwise, the answer is plain or a stream as the request asks, in every other way right, and the connection is kept. */
export type Lie =
  /** None: the answer that the others twist. */
  | { readonly kind: 'honest' }
  /** An error envelope. */
  | { readonly kind: 'refusal'; readonly status: 429 | 500 | 503; readonly retryAfter?: string }
  /** Takes the request and sends nothing. */
  | { readonly kind: 'hang' }
  /** Sends headers and nothing more. */
  | { readonly kind: 'stall' }
  /** A stream whose socket is closed, or reset, after half of its events; plain: after half of the body. */
  | { readonly kind: 'cut'; readonly how: 'close' | 'reset' }
  /** A stream that ends, by the rules of HTTP, in the middle of an event. */
  | { readonly kind: 'half-event' }
  /** A stream with `everyMs` between its events. */
  | { readonly kind: 'slow'; readonly everyMs: number }
  /** A page where JSON should be. */
  | { readonly kind: 'html'; readonly status: 200 | 502 }
  /** Content type JSON, and not JSON. */
  | { readonly kind: 'broken-json' }
  /** A stream with one event of that many bytes. */
  | { readonly kind: 'huge-event'; readonly bytes: number }
  /** gzip, which nobody asked for, and says so. */
  | { readonly kind: 'gzip' }
  /** content-length promises 10 bytes more than come; then the connection is closed, or waits. */
  | { readonly kind: 'length-too-long'; readonly after: 'close' | 'wait' }
  /** content-length promises 10 bytes less than come; the connection is kept. */
  | { readonly kind: 'length-too-short' }
  /** 307 to another place. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** 103 before the answer. */
  | { readonly kind: 'early-hints' }
  /** 100 before the answer, which nobody asked for. */
  | { readonly kind: 'continue' }
  /** Chunked, with trailer fields after the last chunk. */
  | { readonly kind: 'trailers' }
  /** A stream with an error object as an event after half of the others, then [DONE]: as vLLM does it. */
  | { readonly kind: 'error-event' }
  /** A stream that ends without [DONE]. */
  | { readonly kind: 'no-done' }
  /** No usage, asked for or not. */
  | { readonly kind: 'no-usage' }
  /** A usage whose counts are null. */
  | { readonly kind: 'null-usage' }
  /** A stream with `data:` and no space. */
  | { readonly kind: 'tight-events' }
  /** A stream with CR LF line ends. */
  | { readonly kind: 'crlf' }
  /** A stream with comment lines before and between events. */
  | { readonly kind: 'comments' }
  /** A stream cut into chunks of `bytes`, so that characters are split between them. */
  | { readonly kind: 'split'; readonly bytes: number };

export interface LyingServer {
  /** Base URL for a policy. */
  readonly url: string;
  readonly port: number;
  /** The requests that came, in order: head as received, body. */
  readonly seen: readonly { readonly head: string; readonly body: string }[];
  close(): Promise<void>;
}

/** What the honest answer says, with characters of one to four bytes. */
export const TRUTH = ['Gr', 'üße', ' aus', ' 東京', ' 🙂'] as const;
export const TRUE_USAGE = { prompt_tokens: 7, completion_tokens: TRUTH.length, total_tokens: 7 + TRUTH.length };
const NULL_USAGE = { prompt_tokens: null, completion_tokens: null, total_tokens: null };
const HEAD = { id: 'chatcmpl-lie', created: 1_700_000_000, model: 'liar' };
const ERROR = { error: { message: 'the lying server refuses', type: 'server_error', param: null, code: 'lie' } };
const JSON_TYPE = 'application/json';
const SSE_TYPE = 'text/event-stream; charset=utf-8';

function bodyWith(usage: object | undefined): string {
  const message = { role: 'assistant', content: TRUTH.join('') };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return JSON.stringify({ ...HEAD, object: 'chat.completion', choices, usage });
}

function eventsWith(usage: object | undefined): string[] {
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
  const delta = (content: object, finish: string | null = null): string =>
    chunk([{ index: 0, delta: content, finish_reason: finish }]);
  return [
    delta({ role: 'assistant', content: '' }),
    ...TRUTH.map((content) => delta({ content })),
    delta({}, 'stop'),
    ...(usage === undefined ? [] : [chunk([], { usage })]),
    'data: [DONE]\n\n',
  ];
}

/** One connection while it is lied to. */
interface Exchange {
  readonly socket: Socket;
  readonly streams: boolean;
}

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 307: 'Temporary Redirect', 502: 'Bad Gateway' };

function head(status: number, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Lie'}\r\n${lines.join('')}\r\n`;
}

function whole({ socket }: Exchange, status: number, type: string, body: string, more: Record<string, string> = {}) {
  socket.write(head(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...more }) + body);
}

function chunkOf(bytes: string | Buffer): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

const RESET_AFTER_MS = 20;
/** And when clients of this process have had their turns, which a machine that stood still may have put off. */
const RESET_AFTER_TURNS = 20;
const LAST_CHUNK = '0\r\n\r\n';

const streamHead = (type = SSE_TYPE, more: Record<string, string> = {}): string =>
  head(200, { 'content-type': type, 'transfer-encoding': 'chunked', ...more });

function stream({ socket }: Exchange, parts: readonly (string | Buffer)[]): void {
  socket.write(streamHead());
  for (const part of parts) socket.write(chunkOf(part));
  socket.write(LAST_CHUNK);
}

/** Right but for its usage. */
function answer(to: Exchange, usage: object | undefined = TRUE_USAGE): void {
  if (to.streams) stream(to, eventsWith(usage));
  else whole(to, 200, JSON_TYPE, bodyWith(usage));
}

/** All events, each changed. */
const twisted = (to: Exchange, twist: (event: string) => string): void => stream(to, eventsWith(TRUE_USAGE).map(twist));

const half = <T>(parts: readonly T[]): readonly T[] => parts.slice(0, parts.length >> 1);

function later(socket: Socket, everyMs: number, parts: readonly (string | Buffer)[]): void {
  const [part, ...rest] = parts;
  if (part === undefined || socket.destroyed) return;
  socket.write(part);
  setTimeout(() => later(socket, everyMs, rest), everyMs).unref();
}

function afterTurns(left: number, then: () => void): void {
  if (left === 0) then();
  else setImmediate(() => afterTurns(left - 1, then));
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

type Tellers = { readonly [Kind in Lie['kind']]: (to: Exchange, lie: Extract<Lie, { kind: Kind }>) => void };

/** One function a lie. */
const TELL: Tellers = {
  honest: (to) => answer(to),
  refusal: (to, { status, retryAfter }) =>
    whole(to, status, JSON_TYPE, JSON.stringify(ERROR), retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  hang: () => {},
  stall: (to) => void to.socket.write(streamHead(to.streams ? SSE_TYPE : JSON_TYPE)),
  cut: ({ socket, streams }, { how }) => {
    const body = Buffer.from(bodyWith(TRUE_USAGE));
    const sent = streams
      ? [streamHead(), ...half(eventsWith(TRUE_USAGE)).map(chunkOf)]
      : [head(200, { 'content-type': JSON_TYPE, 'content-length': body.length }), body.subarray(0, body.length >> 1)];
    for (const part of sent.slice(0, -1)) socket.write(part);
    const leave = (): void => {
      if (how === 'close') socket.destroy();
      // Not at once: a reset that comes together with data looks like an end to clients that use libuv.
      else setTimeout(() => afterTurns(RESET_AFTER_TURNS, () => socket.resetAndDestroy()), RESET_AFTER_MS).unref();
    };
    socket.write(sent.at(-1) ?? '', leave);
  },
  'half-event': (to) => {
    const events = half(eventsWith(TRUE_USAGE));
    stream(to, [...events.slice(0, -1), events.at(-1)?.slice(0, 40) ?? '']);
  },
  slow: ({ socket }, { everyMs }) =>
    later(socket, everyMs, [streamHead(), ...eventsWith(TRUE_USAGE).map(chunkOf), LAST_CHUNK]),
  html: (to, { status }) => whole(to, status, 'text/html', '<!doctype html><html><body>nginx</body></html>'),
  'broken-json': (to) => whole(to, 200, JSON_TYPE, bodyWith(TRUE_USAGE).slice(0, -20)),
  'huge-event': (to, { bytes }) => {
    const [first = '', ...rest] = eventsWith(TRUE_USAGE);
    const padding = 'x'.repeat(Math.max(0, bytes - first.length - ',"padding":""'.length));
    stream(to, [first.replace('}\n\n', `,"padding":"${padding}"}\n\n`), ...rest]);
  },
  gzip: ({ socket, streams }) => {
    const packed = gzipSync(streams ? eventsWith(TRUE_USAGE).join('') : bodyWith(TRUE_USAGE));
    const type = streams ? SSE_TYPE : JSON_TYPE;
    socket.write(head(200, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': packed.length }));
    socket.write(packed);
  },
  'length-too-long': ({ socket }, { after }) => {
    const body = bodyWith(TRUE_USAGE);
    socket.write(head(200, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) + 10 }) + body);
    if (after === 'close') socket.end();
  },
  'length-too-short': (to) => {
    const body = bodyWith(TRUE_USAGE);
    whole(to, 200, JSON_TYPE, body, { 'content-length': String(Buffer.byteLength(body) - 10) });
  },
  redirect: (to, { to: location }) => whole(to, 307, 'text/plain', 'over there', { location }),
  'early-hints': (to) => {
    to.socket.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n');
    answer(to);
  },
  continue: (to) => {
    to.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    answer(to);
  },
  trailers: ({ socket, streams }) => {
    const parts = streams ? eventsWith(TRUE_USAGE) : [bodyWith(TRUE_USAGE)];
    socket.write(streamHead(streams ? SSE_TYPE : JSON_TYPE, { trailer: 'x-checksum' }));
    for (const part of parts) socket.write(chunkOf(part));
    socket.write('0\r\nx-checksum: 12345\r\nx-unannounced: yes\r\n\r\n');
  },
  'error-event': (to) =>
    stream(to, [...half(eventsWith(TRUE_USAGE)), `data: ${JSON.stringify(ERROR)}\n\n`, 'data: [DONE]\n\n']),
  'no-done': (to) => stream(to, eventsWith(TRUE_USAGE).slice(0, -1)),
  'no-usage': (to) => {
    if (to.streams) stream(to, eventsWith(undefined));
    else whole(to, 200, JSON_TYPE, bodyWith(undefined));
  },
  'null-usage': (to) => answer(to, NULL_USAGE),
  'tight-events': (to) => twisted(to, (event) => event.replace('data: ', 'data:')),
  crlf: (to) => twisted(to, (event) => event.replaceAll('\n', '\r\n')),
  comments: (to) => twisted(to, (event) => `: keep-alive\n\n${event}:\n\n`),
  split: (to, { bytes }) => stream(to, inPieces(Buffer.from(eventsWith(TRUE_USAGE).join('')), bytes)),
};

/** All kinds, for tests over every one. */
export const LIE_KINDS = Object.keys(TELL) as readonly Lie['kind'][];

function tell(lie: Lie, to: Exchange): void {
  // The table is typed by kind; TypeScript cannot follow a union through the lookup.
  (TELL[lie.kind] as (to: Exchange, lie: Lie) => void)(to, lie);
}

/** The first whole request of what has come, and what is left after it; bodies by content-length or chunked. */
function takeRequest(received: Buffer): { head: string; body: string; rest: Buffer } | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const text = received.toString('latin1', 0, end);
  const from = end + 4;
  const chunked = /^transfer-encoding:.*chunked/imu.test(text);
  const last = received.indexOf(LAST_CHUNK, from);
  const length = Number(/^content-length: *(\d+)/imu.exec(text)?.[1] ?? 0);
  const to = chunked ? (last < 0 ? Infinity : last + LAST_CHUNK.length) : from + length;
  if (received.length < to) return undefined;
  return { head: text, body: received.toString('utf8', from, to), rest: received.subarray(to) };
}

/** The nth request is answered by the nth lie, all later ones by the last; closed at the end of the test. */
export async function startLyingServer(script: readonly [Lie, ...Lie[]]): Promise<LyingServer> {
  const seen: { head: string; body: string }[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    let received: Buffer = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client may leave in the middle of a lie.
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let request = takeRequest(received); request !== undefined; request = takeRequest(received)) {
        received = request.rest;
        const lie = script[Math.min(seen.length, script.length - 1)] ?? script[0];
        seen.push({ head: request.head, body: request.body });
        tell(lie, { socket, streams: /"stream"\s*:\s*true/u.test(request.body) });
      }
    });
  });
  const port = await listen(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  atEnd(close);
  return { url: `http://127.0.0.1:${port}/v1`, port, seen, close };
}
