// One connection to a model server, for one request after the other. No pipelining: an answer that is late would hold up others.
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, type TLSSocket } from 'node:tls';
import { AnswerParser, type Told } from './answer-parser.ts';
import { writeHeld } from './held-writes.ts';
import type { AnswerHeaders, Call, Listener } from './types.ts';
import { WireError } from './wire-error.ts';

/** Until a dead peer is looked for on a quiet connection. */
const PROBE_AFTER_MS = 60_000;

/** Where connections lead, and what the last TLS handshake there left for the next. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  session: Buffer | undefined;
}

/** Who owns connections. */
export interface Owner {
  /** It can take the next request. */
  free(connection: Connection): void;
  /** Called once. */
  closed(connection: Connection): void;
}

export class Connection implements Call, Told {
  /** When (monotonic ms) it became free; the owner's to write. */
  idleSinceMs = 0;
  readonly #owner: Owner;
  readonly #socket: Socket;
  readonly #parser: AnswerParser;
  #connecting: NodeJS.Timeout | undefined;
  #listener: Listener | undefined;
  #paused = false;
  #over = false;
  /** It has brought a whole answer. */
  #served = false;
  /** Something of the answer that is due has come. */
  #heard = false;

  constructor(target: Target, connectTimeoutMs: number, owner: Owner) {
    this.#owner = owner;
    this.#parser = new AnswerParser(this);
    this.#socket = open(target);
    this.#connecting = setTimeout(() => {
      this.#fail(new WireError('connect-timeout', `no connection within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    this.#socket
      .once(target.secure ? 'secureConnect' : 'connect', () => this.#connected())
      .on('data', (bytes: Buffer) => this.#read(bytes))
      .on('end', () => this.#ended())
      .on('error', (cause) => this.#broke(cause))
      .on('close', () => this.destroy());
  }

  get keepAliveSeconds(): number | undefined {
    return this.#parser.keepAliveSeconds;
  }

  send(head: string, body: Buffer | undefined, listener: Listener): void {
    this.#listener = listener;
    this.#heard = false;
    this.#parser.expect();
    writeHeld(this.#socket, head, body);
  }

  abort(listener: Listener): void {
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    this.#close();
  }

  pause(listener: Listener): void {
    if (this.#listener !== listener) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(listener: Listener): void {
    if (this.#listener === listener) this.#resume();
  }

  onHead(status: number, headers: AnswerHeaders): void {
    this.#listener?.onHead(status, headers);
  }

  onData(bytes: Buffer): void {
    this.#listener?.onData(bytes);
  }

  onWhole(reusable: boolean): void {
    const listener = this.#listener;
    this.#listener = undefined;
    // Nobody else's request is on this connection while its listener hears of the end.
    listener?.onEnd();
    if (this.#over) return;
    // A server that answers before it has read all of a request would take the rest for the next one.
    if (!reusable || this.#socket.writableLength > 0 || !this.#socket.writable) {
      this.#close();
      return;
    }
    this.#resume();
    this.#served = true;
    this.#owner.free(this);
  }

  /** Whoever waits for an answer hears that none will come. */
  destroy(): void {
    this.#fail(new WireError('closed', 'the connection was closed'));
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #read(bytes: Buffer): void {
    if (this.#over) return;
    this.#heard = true;
    try {
      this.#parser.read(bytes);
    } catch (thrown) {
      this.#fail(toWireError(thrown));
    }
  }

  #ended(): void {
    if (this.#over) return;
    let whole = false;
    try {
      whole = this.#parser.close();
    } catch (thrown) {
      return this.#fail(toWireError(thrown));
    }
    if (whole) this.#close();
    else this.#fail(new WireError(this.#lost, 'the server closed the connection'));
  }

  /** What it is when the other end goes. */
  get #lost(): 'closed' | 'stale' {
    return this.#served && !this.#heard ? 'stale' : 'closed';
  }

  #connected(): void {
    clearTimeout(this.#connecting);
    this.#connecting = undefined;
  }

  /** The system's word, or that of TLS. */
  #broke(cause: NodeJS.ErrnoException): void {
    const { code, syscall, message } = cause;
    const late = code === 'ETIMEDOUT' && syscall === 'connect';
    const flaw = this.#connecting === undefined ? this.#lost : late ? 'connect-timeout' : 'unreachable';
    this.#fail(new WireError(flaw, message === '' ? (code ?? 'the connection broke') : message, cause));
  }

  #fail(error: WireError): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#close();
    listener?.onError(error);
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    // Nothing that still comes belongs to anybody.
    this.#parser.busy = false;
    clearTimeout(this.#connecting);
    this.#socket.destroy();
    this.#owner.closed(this);
  }
}

/** Anything else than a flaw is a bug in what listens: it is to cost one connection, not the process. */
function toWireError(thrown: unknown): WireError {
  return thrown instanceof WireError
    ? thrown
    : new WireError('closed', 'an answer could not be taken', thrown as Error);
}

function open(target: Target): Socket {
  const { secure, host, port } = target;
  if (!secure) return keptAlive(connectPlain({ host, port }));
  const { session } = target;
  const socket: TLSSocket = connectSecure({
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    // An address has no name that a certificate could be chosen by.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(session === undefined ? {} : { session }),
  });
  socket.on('session', (next: Buffer) => (target.session = next));
  return keptAlive(socket);
}

function keptAlive(socket: Socket): Socket {
  return socket.setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS);
}
