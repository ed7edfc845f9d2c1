// One request to a model server: its limits, what is held until somebody consumes it, and what became of it.
import type { SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import { toPoolError } from './exchange-errors.ts';
import type { Call, Http1Client, Listener, WireError, WireRequest } from './http1/index.ts';
import type { Ticker, Watched } from './ticker.ts';
import type { Exchange, ResponseHead, Sink, UpstreamTimeouts } from './types.ts';

/** Bytes kept of a body that nobody consumes yet, before the socket is paused. */
const HOLD_BYTES = 256 * 1024;
/** An answer in one piece that is larger is no answer of a language model. */
const WHOLE_LIMIT_BYTES = 64 * 1024 * 1024;

interface PromiseResolvers {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: SluiceError) => void;
}

export interface Route {
  readonly client: Http1Client;
  readonly pool: string;
  readonly ticker: Ticker;
}

export class HttpExchange implements Exchange, Listener, Watched {
  slot = -1;
  status = 0;
  readonly #route: Route;
  readonly #timeouts: UpstreamTimeouts;
  #headers: ResponseHead['headers'] | undefined;
  /** The body is waited for as a whole. */
  #whole = false;
  #answered: ResponseHead | undefined;
  #awaited: Promise<ResponseHead> | undefined;
  #resolve: ((head: ResponseHead) => void) | undefined;
  #reject: ((error: SluiceError) => void) | undefined;
  #bodyWanted: PromiseResolvers | undefined;
  /** Until it is answered or has been sent once more. */
  #request: WireRequest | undefined;
  #call: Call | undefined;
  #sink: Sink | undefined;
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #ended = false;
  #failure: SluiceError | undefined;
  #aborted = false;
  #paused = false;
  #replaying = false;
  /** Whether anything has come since the ticker last looked: no clock is read for each piece. */
  #moved = true;
  #bodyBegun = false;
  #startedMs = -1;
  #lastMs = 0;

  constructor(route: Route, timeouts: UpstreamTimeouts) {
    this.#route = route;
    this.#timeouts = timeouts;
  }

  /** Watched until it has ended. */
  start(request: WireRequest): void {
    this.#request = request;
    this.#route.ticker.add(this);
    this.#ask(request, false);
  }

  get head(): Promise<ResponseHead> {
    this.#awaited ??= new Promise((resolve, reject) => {
      if (this.#answered !== undefined) return resolve(this.#answered);
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#awaited;
  }

  consume(sink: Sink): void {
    this.#sink = sink;
    const held = this.#held;
    this.#held = undefined;
    this.#moved = true;
    // What is held comes first; resuming the socket delivers more at once, perhaps all of it.
    this.#paused = false;
    this.#replaying = true;
    if (held !== undefined) {
      for (const chunk of held) if (!this.#aborted) sink.data(chunk);
    }
    this.#replaying = false;
    if (this.#aborted) return;
    if (this.#failure !== undefined) sink.error(this.#failure);
    else if (this.#ended) sink.end();
    // A sink that is full has paused again.
    else if (!this.#paused) this.#call?.resume(this);
  }

  collect(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (this.#ended) return resolve(this.#takeHeld());
      this.#whole = true;
      this.#bodyWanted = { resolve, reject };
      this.resume();
    });
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    if (this.#ended || this.#failure !== undefined) return;
    // Its connection may not stand yet: whoever waits for the head is not to wait for that.
    this.#fail(poolErrors.closed(this.#route.pool));
    this.#call?.abort(this);
  }

  pause(): void {
    this.#paused = true;
    this.#call?.pause(this);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#moved = true;
    if (!this.#replaying) this.#call?.resume(this);
  }

  check(nowMs: number): void {
    // Found out late by a tick rather than early.
    if (this.#startedMs < 0) this.#startedMs = nowMs;
    if (this.#moved || this.#paused) {
      this.#moved = false;
      this.#lastMs = nowMs;
    }
    const { ttftMs, itlMs, totalMs } = this.#timeouts;
    const { pool } = this.#route;
    if (nowMs - this.#startedMs >= totalMs) this.#give(poolErrors.totalTimeout(pool, totalMs));
    else if (!this.#bodyBegun) {
      if (nowMs - this.#startedMs >= ttftMs) this.#give(poolErrors.firstByteTimeout(pool, ttftMs));
    } else if (nowMs - this.#lastMs >= itlMs) this.#give(poolErrors.stalled(pool, itlMs));
  }

  onHead(status: number, headers: ResponseHead['headers']): void {
    this.status = status;
    this.#headers = headers;
    this.#request = undefined;
    if (status >= 400) this.#answer(undefined);
    else this.#whole = !isEventStream(headers);
  }

  onData(chunk: Buffer): void {
    this.#moved = true;
    if (!this.#bodyBegun) {
      this.#bodyBegun = true;
      if (!this.#whole) this.#answer(undefined);
    }
    if (this.#sink !== undefined) {
      this.#sink.data(chunk);
      return;
    }
    (this.#held ??= []).push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#whole) {
      if (this.#heldBytes > WHOLE_LIMIT_BYTES) this.#give(poolErrors.tooLarge(this.#route.pool));
    } else if (this.#heldBytes > HOLD_BYTES) this.pause();
  }

  onEnd(): void {
    this.#ended = true;
    this.#route.ticker.remove(this);
    if (this.#bodyWanted !== undefined) this.#bodyWanted.resolve(this.#takeHeld());
    else this.#answer(this.#whole ? this.#takeHeld() : undefined);
    this.#sink?.end();
  }

  onError(cause: WireError): void {
    // Once, over a connection that is new for sure.
    const request = this.#request;
    if (cause.flaw === 'stale' && request !== undefined) {
      this.#request = undefined;
      return this.#ask(request, true);
    }
    const { pool, client } = this.#route;
    this.#fail(toPoolError(cause, pool, client.connectTimeoutMs));
  }

  #ask(request: WireRequest, anew: boolean): void {
    try {
      this.#call = this.#route.client.ask(request, this, anew);
    } catch (unsendable) {
      this.onError(unsendable as WireError);
    }
  }

  /** A limit is passed: the answer ends here, and so does the work upstream. */
  #give(error: SluiceError): void {
    this.#fail(error);
    this.#call?.abort(this);
  }

  /** Headers alone are no answer: servers send a stream's at once, and may yet break off before its first byte. */
  #answer(body: Buffer | undefined): void {
    if (this.#answered !== undefined || this.#headers === undefined) return;
    this.#answered = { status: this.status, headers: this.#headers, body };
    this.#resolve?.(this.#answered);
  }

  #takeHeld(): Buffer {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
  }

  #fail(error: SluiceError): void {
    this.#failure = error;
    this.#route.ticker.remove(this);
    if (this.#answered === undefined) this.#reject?.(error);
    else if (this.#bodyWanted !== undefined) this.#bodyWanted.reject(error);
    else if (!this.#aborted) this.#sink?.error(error);
  }
}

function isEventStream(headers: ResponseHead['headers']): boolean {
  const type = headers['content-type'];
  return (typeof type === 'string' ? type : (type?.[0] ?? '')).startsWith('text/event-stream');
}
