// HTTP/1.1 to one origin over connections that are kept: what the pools need of it and no more (docs/adr/0010).
import type { Clock } from '../../base/index.ts';
import { Connection, type Owner, type Target } from './connection.ts';
import type { Call, Listener, WireRequest } from './types.ts';
import { WireError } from './wire-error.ts';

/** Of connections whose server does not say: uvicorn, which most model servers run on, closes after 5 s. */
const IDLE_MS = 4_000;
/** Before a server closes: a request that crosses its FIN is lost. */
const HEADROOM_MS = 1_000;
const LONGEST_IDLE_MS = 600_000;
const SWEEP_EVERY_MS = 1_000;
/** Field values by RFC 9110, section 5.5; whoever reads the bytes sees Latin-1. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

export class Http1Client implements Owner {
  /** Of the next connection. */
  connectTimeoutMs: number;
  readonly #target: Target;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  /** The one that was used last comes first: the others age, and are closed. */
  readonly #idle: Connection[] = [];
  #sweeping: NodeJS.Timeout | undefined;

  constructor(origin: URL, connectTimeoutMs: number, clock: Clock) {
    const secure = origin.protocol === 'https:';
    const port = origin.port === '' ? (secure ? 443 : 80) : Number(origin.port);
    // An IPv6 address stands in brackets in a URL only.
    this.#target = { secure, host: origin.hostname.replace(/^\[(.*)\]$/, '$1'), port, session: undefined };
    this.#host = origin.host;
    this.connectTimeoutMs = connectTimeoutMs;
    this.#clock = clock;
  }

  /** The listener is told nothing before this returns. `anew`: over a connection that has not served yet. Throws WireError (unsendable). */
  ask({ method, path, headers, body }: WireRequest, listener: Listener, anew = false): Call {
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nconnection: keep-alive\r\n`;
    for (let i = 1; i < headers.length; i += 2) {
      const value = headers[i] ?? '';
      if (UNSENDABLE.test(value)) throw new WireError('unsendable', `header ${headers[i - 1]} cannot be sent`);
      head += `${headers[i - 1]}: ${value}\r\n`;
    }
    head += body === undefined ? '\r\n' : `content-length: ${body.length}\r\n\r\n`;
    const connection = (anew ? undefined : this.#takeIdle()) ?? this.#connect();
    connection.send(head, body, listener);
    return connection;
  }

  /** Closes all connections. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  free(connection: Connection): void {
    connection.idleSinceMs = this.#clock.monotonicMs();
    this.#idle.push(connection);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #connect(): Connection {
    const connection = new Connection(this.#target, this.connectTimeoutMs, this);
    this.#connections.add(connection);
    return connection;
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || !this.#isOld(connection, this.#clock.monotonicMs())) return connection;
      // Those before it have been idle for longer, but their servers may allow more.
      connection.destroy();
    }
  }

  #isOld({ idleSinceMs, keepAliveSeconds }: Connection, nowMs: number): boolean {
    const limitMs =
      keepAliveSeconds === undefined
        ? IDLE_MS
        : Math.min(LONGEST_IDLE_MS, Math.max(0, keepAliveSeconds * 1_000 - HEADROOM_MS));
    return nowMs - idleSinceMs > limitMs;
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    // What is closed leaves the list.
    for (const connection of this.#idle.filter((idle) => this.#isOld(idle, nowMs))) connection.destroy();
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }
}
