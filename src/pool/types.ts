// What the pools are made of and what they hand out.
import type { SluiceError } from '../base/index.ts';

/** Whose key an endpoint is asked with. An `own` key, set or not, means that no caller's key ever goes there. */
export type Credentials =
  | { readonly kind: 'callers' }
  /** Sent as a bearer token, never logged; undefined: named but not set, so requests go without any. */
  | { readonly kind: 'own'; readonly key: string | undefined };

export interface EndpointConfig {
  /** What operators see: the policy's URL. Unique within a pool. */
  readonly name: string;
  /** Where it is: `http(s)://host:port/base`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Its share beside the others', above 0. */
  readonly weight: number;
  /** Most requests under way at once; undefined: no limit. */
  readonly maxConcurrency: number | undefined;
}

export type PickKind = 'least-tokens' | 'least-requests' | 'round-robin' | 'session-hash';

export interface HealthCheckConfig {
  /** Below the endpoint's origin, not its base: vLLM has `/health` beside `/v1`. Any 2xx is well. */
  readonly path: string;
  /** On average: each gap is drawn from 0.8 to 1.2 of it, so that replicas do not check in step. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed checks in a row that take an endpoint out. */
  readonly unhealthyAfter: number;
  /** Passed checks in a row that bring it back. */
  readonly healthyAfter: number;
}

export interface PoolConfig {
  readonly name: string;
  readonly endpoints: readonly EndpointConfig[];
  readonly pick: PickKind;
  readonly connectTimeoutMs: number;
  /** Requests that wait when every endpoint is at its `maxConcurrency`; size 0: none do. */
  readonly queue: { readonly size: number; readonly timeoutMs: number };
  readonly healthCheck: HealthCheckConfig | undefined;
}

/** What a request wants of a pool. */
export interface Ask {
  /** What it weighs; at least 0. */
  readonly tokens: number;
  /** For `session-hash`; '' belongs to no session. */
  readonly session: string;
  /** Endpoints that it has tried already. */
  readonly exclude: ReadonlySet<string> | undefined;
}

/** A request in a pool's queue. */
export interface Waiting {
  /** Rejects with poolErrors: queueTimeout, noEndpoint (nobody is left to wait for, or the pool is gone), leftQueue (`cancel`). */
  readonly lease: Promise<Lease>;
  /** The caller has left. A lease that was given in the meantime is disposed of. */
  cancel(): void;
}

export type EndpointState = 'healthy' | 'busy' | 'ejected' | 'probing' | 'unhealthy';

/** An endpoint held for one attempt. At most one of `succeeded`, `failed`, `busy`; none when its caller left (that says nothing about it). */
export interface Lease extends Disposable {
  readonly pool: string;
  readonly endpoint: string;
  /** The endpoint has a key of its own: no caller's goes there. */
  readonly hasApiKey: boolean;
  /** Sends the request; the answer's head is awaited, its body then consumed. */
  dispatch(request: UpstreamRequest): Exchange;
  /** The bytes without the endpoint's key: model servers quote the key that they refuse. */
  withoutKey(bytes: Buffer): Buffer;
  /** A good answer, whole. A 4xx needs no word: it shows that the server lives. */
  succeeded(): void;
  /** Counts towards ejection, once a lease; published as `attempt-failed`. */
  failed(code: string): void;
  /**
   * 429, or 503 with Retry-After: no failure, but no requests go there for so long (at most 60 s). undefined: 1 s if the pool has other
   * endpoints, else not at all.
   */
  busy(retryAfterSeconds: number | undefined): void;
  /** How fast it was, for the pool's `ttftMs` and `tpotMs`; undefined where not known. */
  observe(ttftMs: number | undefined, tpotMs: number | undefined): void;
}

/** In ms, Infinity for none; each is found out within about 100 ms. */
export interface UpstreamTimeouts {
  /** From sending to the first byte of the answer's body: servers send a stream's headers at once, before they compute. */
  readonly ttftMs: number;
  /** Between two pieces of the body, while they are being consumed. */
  readonly itlMs: number;
  /** From sending to the end. */
  readonly totalMs: number;
}

export interface UpstreamRequest {
  /** Below the endpoint's base URL, beginning with a slash. */
  readonly path: string;
  /** Names, in lower case, and values in turn; an endpoint's own key is added. */
  readonly headers: string[];
  readonly body: Buffer;
  readonly timeouts: UpstreamTimeouts;
}

export interface ResponseHead {
  /** 200 to 599: 1xx are left out, redirects are not followed. */
  readonly status: number;
  /** As they came, `content-encoding` of an answer that was packed unasked too: its body is not unpacked. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, where it was waited for; undefined: consume it. */
  readonly body: Buffer | undefined;
}

export interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  error(error: SluiceError): void;
}

/** One request under way. Trailers are dropped. */
export interface Exchange {
  /** Of the answer's head; 0 before it. */
  readonly status: number;
  /**
   * Of an event stream (status below 400) resolves at the first byte of its body, or its end; of an error at its head; of any other answer when it
   * is whole, with its body: until then another server can stand in for this one. Rejects with a pool error. Await it as soon as you have
   * read it.
   */
  readonly head: Promise<ResponseHead>;
  /** Hands over a body that was not waited for: what has arrived at once, the rest as it comes. Call once, after `head`. */
  consume(sink: Sink): void;
  /** The same body in one piece, instead. Rejects with a pool error, also when the exchange is given up. */
  collect(): Promise<Buffer>;
  /** Ends it; nothing more is delivered. */
  abort(): void;
  pause(): void;
  resume(): void;
}

/** Kept up to date in place: read it, do not keep it. */
export interface PoolNumbers {
  /** Endpoints that take requests now, or a probe: neither busy nor ejected nor unhealthy. At their limit of concurrency they still count. */
  readonly healthyEndpoints: number;
  readonly inFlight: number;
  readonly inFlightTokens: number;
  readonly queued: number;
  /** Means over the healthy endpoints, of about their last 30 observations; undefined: none yet. */
  readonly ttftMs: number | undefined;
  readonly tpotMs: number | undefined;
}

export interface EndpointNumbers {
  readonly pool: string;
  readonly endpoint: string;
  readonly state: EndpointState;
  readonly inFlight: number;
  readonly inFlightTokens: number;
}
