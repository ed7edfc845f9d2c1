// What the makers of a Plan agree on: diagnostics, the schemas of strategies, the facts of the vocabulary, files that a policy names.
import type { TObject } from 'typebox';
import type { Workload } from '../workload/index.ts';
import type { Plan } from './types.ts';

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
