// A caller in raw TCP: bytes as no HTTP library would send them.
import { connect, type Socket } from 'node:net';

export interface RawCaller {
  readonly socket: Socket;
  /** All that has come so far, as latin1. */
  text(): string;
  /** Resolves, with all that came, when the gateway has closed the connection or it broke. */
  readonly closed: Promise<string>;
}

export function rawCaller(target: { readonly url: string }): RawCaller {
  const socket = connect({ port: Number(new URL(target.url).port), host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => (text += piece));
  socket.on('end', () => void socket.end());
  // A reset of the connection is an end like another.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => void socket.on('close', () => resolve(text)));
  return { socket, text: () => text, closed };
}

/** Sends the bytes and waits for the gateway to close. */
export function overSocket(target: { readonly url: string }, bytes: string | Buffer): Promise<string> {
  const { socket, closed } = rawCaller(target);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return closed;
}

export const HI = '{"model":"auto","messages":[{"role":"user","content":"Hi"}]}';

/** A request as text; the connection is closed after it unless a header says otherwise. */
export function rawRequest(
  headers: readonly string[] = [],
  body = HI,
  line = 'POST /v1/chat/completions HTTP/1.1',
): string {
  const all = ['host: gateway', 'content-type: application/json', ...headers];
  if (!headers.some((header) => /^(?:content-length|transfer-encoding):/iu.test(header))) {
    all.push(`content-length: ${Buffer.byteLength(body)}`);
  }
  if (!headers.some((header) => /^connection:/iu.test(header))) all.push('connection: close');
  return `${line}\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

/** Status line and body of each answer in the text, in order; bodies by length alone. */
export function answersIn(text: string): readonly { readonly status: number; readonly body: string }[] {
  const answers: { status: number; body: string }[] = [];
  for (let rest = text; rest.startsWith('HTTP/1.1 ');) {
    const from = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, from);
    const length = /^content-length: *(\d+)/imu.exec(head)?.[1];
    const to = length === undefined ? rest.length : from + Number(length);
    answers.push({ status: Number(head.slice(9, 12)), body: rest.slice(from, to) });
    rest = rest.slice(to);
  }
  return answers;
}
