// A pool of the compiled policy: its endpoints, its price, and how good its answers are expected to be.
import type { EngineKind } from './engines.ts';
import type { PickKind } from './pool-schema.ts';

/** US dollars per million tokens. */
export interface Price {
  readonly inputPerMTok: number;
  /** Of input tokens that the upstream read from its prefix cache. */
  readonly cachedInputPerMTok: number;
  readonly outputPerMTok: number;
}

export interface EndpointSpec {
  /** A base URL (`http://host:port/v1`), or `sim://PROFILE` for an embedded simulated server. */
  readonly url: string;
  /** Share of the load, relative to the pool's other endpoints; above 0. */
  readonly weight: number;
  /** Most requests at once; undefined: no limit. */
  readonly maxConcurrency: number | undefined;
}

export interface HealthCheck {
  /** From the server's root, query included. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed checks in a row after which an endpoint is left out, and good ones after which it is taken back. */
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

export interface PoolSpec {
  readonly name: string;
  /** The name under which the pool's servers know the model. */
  readonly model: string;
  readonly endpoints: readonly EndpointSpec[];
  readonly price: Price;
  /** Most tokens of input and output together that the model takes. */
  readonly contextWindow: number;
  /** The environment variable that holds the upstream's key. */
  readonly apiKeyEnv: string | undefined;
  readonly engine: EngineKind;
  /** Whether `stream_options.include_usage` may be asked of the servers. */
  readonly asksUsage: boolean;
  /** How an endpoint is picked for a request. */
  readonly pick: PickKind;
  /** Who waits when every endpoint is at its `maxConcurrency`: most requests, and for how long each. */
  readonly queue: { readonly size: number; readonly timeoutMs: number };
  /** undefined: health is told from requests alone. */
  readonly healthCheck: HealthCheck | undefined;
  /** Until a connection to an endpoint stands. */
  readonly connectTimeoutMs: number;
}

/** How good answers are expected to be, in [0, 1]. */
export interface Quality {
  /** Of a request whose topic is not known, or not among `topics`. */
  readonly overall: number;
  readonly topics: ReadonlyMap<string, TopicQuality>;
}

/** quality + slope x (difficulty - at), within [0, 1]. */
export interface TopicQuality {
  readonly quality: number;
  readonly slope: number;
  readonly at: number;
}
