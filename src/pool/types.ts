// What the pools are made of and what they hand out.
import type { SluiceError } from '../base/index.ts';

export interface EndpointConfig {
  /** What operators see: the policy's URL. Unique within a pool. */
  readonly name: string;
  /** Where it is: `http(s)://host:port/base`. */
  readonly url: string;
  /** Sent as a bearer token, never logged; '' when the pool has a key of its own that is not set: no caller's key goes there either. */
  readonly apiKey: string | undefined;
}

export interface PoolConfig {
  readonly name: string;
  readonly endpoints: readonly EndpointConfig[];
}

/** An endpoint held for one attempt. Exactly one of `succeeded`, `failed` or neither (an abort says nothing about an endpoint). */
export interface Lease extends Disposable {
  readonly pool: string;
  readonly endpoint: string;
  readonly hasApiKey: boolean;
  /** Sends the request; the answer's head is awaited, its body then consumed. */
  dispatch(request: UpstreamRequest): Exchange;
  /** The bytes without the pool's key: model servers quote the key that they refuse. */
  withoutKey(bytes: Buffer): Buffer;
  succeeded(): void;
  failed(code: string): void;
}

export interface UpstreamRequest {
  /** Below the endpoint's base URL, beginning with a slash. */
  readonly path: string;
  /** Names and values in turn; the pool adds its key to it. */
  readonly headers: string[];
  readonly body: Buffer;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  error(error: SluiceError): void;
}

/** One request under way. */
export interface Exchange {
  /** Resolves at the answer's head; rejects with a pool error. */
  readonly head: Promise<ResponseHead>;
  /** Hands over the body: what has arrived at once, the rest as it comes. Call once, after `head`. */
  consume(sink: Sink): void;
  /** Ends it; nothing more is delivered. */
  abort(): void;
  pause(): void;
  resume(): void;
}
