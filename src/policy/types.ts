// The compiled policy (Plan) and what its makers agree on: diagnostics, strategy schemas.
import type { TObject } from 'typebox';
import type { Workload } from '../workload/index.ts';

/** US dollars per million tokens. */
export interface Price {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
}

export interface PoolSpec {
  readonly name: string;
  /** The name under which the pool's servers know the model. */
  readonly model: string;
  /** Base URLs (`http://host:port/v1`), or `sim://PROFILE` for an embedded simulated server. */
  readonly endpoints: readonly string[];
  readonly price: Price;
  /** Most tokens of input and output together that the model takes. */
  readonly contextWindow: number;
  /** The environment variable that holds the upstream's key. */
  readonly apiKeyEnv: string | undefined;
}

/** A compiled `when`: true, false, or why it could not be told (which counts as false). */
export type Condition = (facts: Facts) => boolean | { readonly failed: string };

/** What `when` sees; built once per request, only if some route has a condition. */
export type Facts = Readonly<Record<string, unknown>>;

export interface StrategySpec {
  readonly kind: string;
  /** Checked against the strategy's own schema, defaults not yet filled in. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface RoutePlan {
  readonly name: string;
  readonly when: { readonly source: string; readonly test: Condition } | undefined;
  /** Pool names, in the policy's order. */
  readonly candidates: readonly string[];
  readonly strategy: StrategySpec;
}

export interface Plan {
  readonly version: 1;
  /** First 12 hex digits of the SHA-256 of the policy's text. */
  readonly fingerprint: string;
  readonly pools: ReadonlyMap<string, PoolSpec>;
  /** Alias -> index of the last route it may use: routes up to that one are tried in order, and that one takes the rest. */
  readonly aliases: ReadonlyMap<string, number>;
  readonly routes: readonly RoutePlan[];
  /** What has to be computed for a request before deciding. */
  readonly needs: { readonly topic: boolean };
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
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
}

/** One fact of `docs/facts.md`: what a condition may ask about a request. */
export interface Fact {
  readonly name: string;
  readonly type: 'string' | 'int' | 'double' | 'bool' | 'list<string>';
  readonly description: string;
  readonly read: (workload: Workload) => string | bigint | number | boolean | readonly string[];
}
