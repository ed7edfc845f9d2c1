// The compiled policy (Plan) and what its makers agree on: diagnostics, strategy schemas.
import type { TObject } from 'typebox';
import type { OwnTopic, Workload } from '../workload/index.ts';
import type { EngineKind } from './engines.ts';
import type { KeywordSet } from './keywords/keyword-set.ts';
import type { PickKind } from './pool-schema.ts';
import type { Call, Cost, Uses } from './signals/functions.ts';

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

/** A compiled `when`: true, false, or why it could not be told (which counts as false). */
export type Condition = (facts: Facts) => boolean | { readonly failed: string };

/** What `when` sees of one request: each property is computed when it is first asked. */
export type Facts = Readonly<Record<string, unknown>>;

export interface StrategySpec {
  readonly kind: string;
  /** Checked against the strategy's own schema, defaults not yet filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** By candidate; undefined: the strategy does not ask. */
  readonly qualities?: ReadonlyMap<string, Quality> | undefined;
}

/** How long an answer may take, from when an attempt is sent. */
export interface Timeouts {
  /** Until the first byte of an answer. */
  readonly ttftMs: number;
  /** Between two pieces of it. */
  readonly itlMs: number;
  /** All of the request: attempts, stages and the answer. */
  readonly totalMs: number;
}

export interface RoutePlan {
  readonly name: string;
  readonly when: { readonly source: string; readonly test: Condition; readonly uses: Uses } | undefined;
  /** Pool names, in the policy's order. */
  readonly candidates: readonly string[];
  /** Pools to try in this order after the chosen one; undefined: the strategy's own order of the other candidates. */
  readonly fallbacks: readonly string[] | undefined;
  readonly strategy: StrategySpec;
  readonly timeouts: Timeouts;
}

/** A named expression, computed for a request at most once. */
export interface SignalPlan {
  readonly name: string;
  readonly source: string;
  /** CEL's name of it. */
  readonly type: string;
  /** As CEL has it: an int is a bigint. */
  readonly default: SignalDefault;
  /** How long what it asks may be waited for. */
  readonly deadlineMs: number;
  /** What it costs to ask it: facts alone, a look at the text, an encoder. */
  readonly cost: Cost;
  readonly uses: Uses;
  /** Throws when it cannot be told, or when an encoder that it asks has not spoken in time. */
  readonly evaluate: (facts: Facts) => unknown;
}

export type SignalDefault = boolean | bigint | number | string | readonly string[];

/** Who may be recognised by a key: that of an environment variable, or one of which only the SHA-256 is known. */
export interface CallerPlan {
  readonly name: string;
  readonly key: { readonly kind: 'env'; readonly variable: string } | { readonly kind: 'sha256'; readonly hex: string };
  readonly role: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A rule that requests must not leave certain pools, whatever route, name, fallback or stage leads elsewhere. */
export interface Confinement {
  readonly name: string;
  /** undefined: all requests. A condition that cannot be told confines. */
  readonly when: RoutePlan['when'];
  readonly pools: readonly string[];
}

/** undefined: no limit. */
export interface Limits {
  /** Requests under way in the whole gateway. */
  readonly concurrentRequests: number | undefined;
  /** Estimated input tokens of one request. */
  readonly inputTokens: number | undefined;
  /** What one request may name as its own output limit. */
  readonly outputTokens: number | undefined;
}

/** Retries may be this share of the requests, and this many a second on top. */
export interface RetryBudget {
  readonly ratio: number;
  readonly minPerSecond: number;
}

/** Which engine turns texts into vectors, with all its settings. */
export type EmbedderSpec = { readonly kind: 'static' } | EncoderSpec;

/** An engine that takes a while. */
export type EncoderSpec =
  | {
      readonly kind: 'transformers';
      /** A folder, from where the policy file is; or a name on the hub. */
      readonly model: string;
      readonly allowHub: boolean;
      /** undefined: what the model's files say. */
      readonly pooling: 'mean' | 'cls' | 'last_token' | undefined;
      readonly dtype: 'q8' | 'fp32' | 'fp16' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';
      readonly deadlineMs: number;
      readonly queue: number;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly model: string;
      /** The environment variable that holds the server's key. */
      readonly apiKeyEnv: string | undefined;
      readonly deadlineMs: number;
      readonly concurrency: number;
      readonly cache: number;
      /** undefined: what the server's first answer has. */
      readonly dimensions: number | undefined;
      readonly maxChars: number;
    };

export interface Plan {
  readonly version: 1;
  /** First 12 hex digits of the SHA-256 of the policy's text and of the files that it names. */
  readonly fingerprint: string;
  readonly pools: ReadonlyMap<string, PoolSpec>;
  /** Alias -> index of the last route it may use: routes up to that one are tried in order, and that one takes the rest. */
  readonly aliases: ReadonlyMap<string, number>;
  readonly routes: readonly RoutePlan[];
  /** All that hold count: a request may go to the pools that all of them name. */
  readonly confine: readonly Confinement[];
  /** Topics of the operator's own, in the policy's order. */
  readonly topics: readonly OwnTopic[];
  /** What turns texts into vectors. */
  readonly embedder: EmbedderSpec;
  readonly limits: Limits;
  readonly retryBudget: RetryBudget;
  /** Of requests that name a pool or a model, and what routes fall back to. */
  readonly timeouts: Timeouts;
  readonly keywords: ReadonlyMap<string, KeywordSet>;
  readonly signals: ReadonlyMap<string, SignalPlan>;
  readonly callers: ReadonlyMap<string, CallerPlan>;
  /** Whoever is none of the callers is refused. */
  readonly requireCaller: boolean;
  readonly needs: Needs;
}

/**
 * What has to be there for a request before deciding: what conditions ask, by themselves and through signals. `topic`: the topic, by a
 * condition or by a strategy that conditions on it; `sight`: some condition asks for another thing that only reading the text tells.
 */
export interface Needs {
  readonly topic: boolean;
  readonly sight: boolean;
  /** Names of facts, and groups that are asked as a whole. */
  readonly facts: readonly string[];
  readonly groups: readonly string[];
  readonly calls: readonly Call[];
  /** Some call looks at the request's text. */
  readonly texts: boolean;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'note';
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Dotted path in the document, empty for the whole of it. */
  readonly path: string;
  readonly message: string;
}

export type Compiled =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly warnings: readonly Diagnostic[] }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

export type Path = readonly (string | number)[];

/** What the compiler has to know of a strategy; the router's table supplies it. */
export interface StrategySchema {
  readonly kind: string;
  /** Of the object form, `kind` included; unknown keys are errors. */
  readonly schema: TObject;
  /** Whether the strategy conditions on the topic. */
  readonly needsTopic: boolean;
  /** Candidates implied by the options when the route names none. */
  readonly impliedCandidates?: (options: Readonly<Record<string, unknown>>) => readonly string[] | undefined;
  /** Every pool that the options name, with where. */
  readonly poolsNamed?: (
    options: Readonly<Record<string, unknown>>,
  ) => readonly { readonly path: Path; readonly pool: string }[];
  /** Present: the strategy needs to know how good each candidate is, and where from beside their cards. */
  readonly qualitySource?: (options: Readonly<Record<string, unknown>>) => QualitySource;
}

/** `priors`: a prior table, as a path relative to the policy; `as`: the table's model that a pool is. */
export interface QualitySource {
  readonly priors?: string | undefined;
  readonly as?: Readonly<Record<string, string>> | undefined;
}

/** `path` is how diagnostics name the file. */
export type NamedFile =
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What a policy may name that the language itself does not define. */
export interface Vocabulary {
  readonly strategies: Readonly<Record<string, StrategySchema>>;
  /** Engine profiles of embedded simulated servers. */
  readonly simProfiles: readonly string[];
  /** Reads a file that the policy names, relative to it; absent: there is no folder. Never throws. */
  readonly readNamed?: (path: string) => NamedFile;
}

/** One fact of `docs/facts.md`: what a condition may ask about a request. */
export interface Fact {
  readonly name: string;
  readonly type: 'string' | 'int' | 'double' | 'bool' | 'list<string>' | 'map<string, string>' | 'map<string, double>';
  readonly description: string;
  readonly read: (
    workload: Workload,
  ) => string | bigint | number | boolean | readonly string[] | Readonly<Record<string, string | number>>;
  /** What has to be looked at for it; nothing: it is known anyway. */
  readonly reads?: 'topic' | 'sight';
}
