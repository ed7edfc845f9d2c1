// The functions that conditions and signals may call, each with the name of something that the policy defines.

export type Cost = 'cheap' | 'text' | 'encoder';

export interface PolicyFunction {
  readonly name: 'keywords' | 'keyword_count' | 'similar';
  readonly type: 'bool' | 'int' | 'double';
  /** The key of the policy under which its argument is defined. */
  readonly of: 'keywords' | 'topics';
  readonly description: string;
}

export const FUNCTIONS: readonly PolicyFunction[] = [
  {
    name: 'keywords',
    type: 'bool',
    of: 'keywords',
    description: 'Whether any entry of the keyword set of that name stands in the text.',
  },
  {
    name: 'keyword_count',
    type: 'int',
    of: 'keywords',
    description: 'How many distinct entries of the set do.',
  },
  {
    name: 'similar',
    type: 'double',
    of: 'topics',
    description: "How near the text comes to the topic of that name, in [0, 1]; 0.5 is the topic's threshold.",
  },
];

/** One call with its argument: what is computed for a request at most once. */
export interface Call {
  readonly function: PolicyFunction['name'];
  readonly argument: string;
}

export function sameCall(a: Call, b: Call): boolean {
  return a.function === b.function && a.argument === b.argument;
}

/** As it is written in a policy. */
export function callText({ function: name, argument }: Call): string {
  return `${name}("${argument}")`;
}

/** What an expression asks. */
export interface Uses {
  /** Names of facts; of a group that is not followed by a field, all of it. */
  readonly facts: readonly string[];
  /** Groups that are asked as a whole. */
  readonly groups: readonly string[];
  readonly calls: readonly Call[];
  readonly signals: readonly string[];
}
