// The compiled policy (Plan): what requests are decided by.
import type { OwnTopic } from '../workload/index.ts';
import type { KeywordSet } from './keywords/keyword-set.ts';
import type { PoolSpec, Quality } from './pool-plan.ts';
import type { Call, Cost, Uses } from './signals/functions.ts';

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
