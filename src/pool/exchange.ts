// One request to a model server over undici's lowest verb: a handler of our own costs two thirds of `request` + pipe.
import { errors, type Dispatcher, type Pool } from 'undici';
import type { SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import type { Exchange, ResponseHead, Sink, UpstreamRequest } from './types.ts';

/** Bytes kept while nobody consumes the body, before the socket is paused. */
const HOLD_BYTES = 256 * 1024;

export function startExchange(client: Pool, basePath: string, request: UpstreamRequest, pool: string): Exchange {
  const exchange = new UndiciExchange(pool);
  client.dispatch(
    {
      path: `${basePath}${request.path}`,
      method: 'POST',
      headers: request.headers,
      body: request.body,
    },
    exchange,
  );
  return exchange;
}

class UndiciExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly head: Promise<ResponseHead>;
  readonly #pool: string;
  #resolve: (head: ResponseHead) => void = () => undefined;
  #reject: (error: SluiceError) => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: Sink | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #headSeen = false;
  #ended = false;
  #failure: SluiceError | undefined;
  #aborted = false;

  constructor(pool: string) {
    this.#pool = pool;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // An exchange may be aborted before anybody awaits its head.
    this.head.catch(() => undefined);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new errors.RequestAbortedError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHead['headers']): void {
    if (status < 200) return;
    this.#headSeen = true;
    this.#resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#aborted) return;
    if (this.#sink !== undefined) {
      this.#sink.data(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HOLD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    if (!this.#aborted) this.#sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    const error = toPoolError(cause, this.#pool, this.#headSeen);
    this.#failure = error;
    if (!this.#headSeen) this.#reject(error);
    else if (!this.#aborted) this.#sink?.error(error);
  }

  consume(sink: Sink): void {
    this.#sink = sink;
    const held = this.#held;
    this.#held = [];
    // Before the chunks: a sink that is full pauses again.
    if (this.#heldBytes > HOLD_BYTES) this.#controller?.resume();
    for (const chunk of held) sink.data(chunk);
    if (this.#failure !== undefined) sink.error(this.#failure);
    else if (this.#ended) sink.end();
  }

  abort(): void {
    if (this.#aborted || this.#ended) return;
    this.#aborted = true;
    // Its connection may not stand yet: whoever waits for the head is not to wait for that.
    this.#reject(poolErrors.closed(this.#pool));
    this.#controller?.abort(new errors.RequestAbortedError());
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

function toPoolError(cause: Error, pool: string, headSeen: boolean): SluiceError {
  const code = (cause as { code?: unknown }).code;
  const options = { cause };
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return poolErrors.connectTimeout.with(options, pool);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return poolErrors.firstByteTimeout.with(options, pool);
  if (code === 'UND_ERR_BODY_TIMEOUT') return poolErrors.stalled.with(options, pool);
  // undici gives most parser errors no code.
  if (cause instanceof errors.HTTPParserError) return poolErrors.protocol.with(options, pool);
  if (!headSeen && typeof code === 'string' && UNREACHABLE.has(code)) return poolErrors.unreachable.with(options, pool);
  return poolErrors.closed.with(options, pool);
}
