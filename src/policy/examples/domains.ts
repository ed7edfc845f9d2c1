// Values that are tried for a fact: all of a closed set, and around every literal that the fact is held against.
import type { Claim } from './normal-form.ts';
import { referencesOf, type Reference } from './references.ts';
import type { World } from './world.ts';

/** What stands for any value that no condition names. */
export const OTHER = 'other';

export interface Variable {
  readonly reference: Reference;
  readonly name: string;
  /** undefined: no such entry of a map. */
  readonly values: readonly unknown[];
  /** Whether a fact held against literals can be told apart in no other way than by these. */
  readonly complete: boolean;
}

/** What claims that must all hold are about. The likeliest to contradict come first: those of the fewest values. */
export function variablesOf(claims: readonly Claim[], world: World): readonly Variable[] {
  const references = new Map<string, Reference>();
  const strings = new Map<string, Set<string>>();
  /** Counts depend on one another, so that a bound of one is one of the others. */
  const numbers = new Set<number>();
  for (const { ast } of claims) {
    const found = referencesOf(ast, world);
    for (const number of found.numbers) numbers.add(number);
    for (const [name, reference] of found.variables) {
      references.set(name, reference);
      const known = strings.get(name) ?? new Set();
      for (const text of found.strings) known.add(text);
      strings.set(name, known);
    }
  }
  return [...references.values()]
    .map((reference): Variable => {
      const { name } = reference;
      const literals = [...(strings.get(name) ?? [])];
      const values = valuesOf(reference, literals, [...numbers], world);
      return { reference, name, values, complete: isComplete(reference, literals) };
    })
    .toSorted((a, b) => a.values.length - b.values.length);
}

function isComplete(reference: Reference, literals: readonly string[]): boolean {
  if (reference.type === 'list<string>') return literals.length <= MOST_SUBSETS_OF;
  return reference.kind === 'call' || !reference.type.startsWith('map<') || reference.key !== undefined;
}

function valuesOf(
  reference: Reference,
  strings: readonly string[],
  numbers: readonly number[],
  { closed }: World,
): readonly unknown[] {
  switch (reference.type) {
    case 'bool':
      return [false, true];
    case 'string':
      return closed.get(reference.name) ?? distinct(['', OTHER, ...strings]);
    case 'int':
      return wholes(numbers).map(BigInt);
    case 'double':
      return shares(numbers);
    case 'list<string>':
      return lists(strings, numbers);
    case 'map<string, double>':
      return reference.key === undefined ? [{}, { [OTHER]: 1 }] : shares(numbers);
    case 'map<string, string>':
      return reference.key === undefined ? [{}, { [OTHER]: OTHER }] : distinct([undefined, OTHER, ...strings]);
  }
}

function wholes(numbers: readonly number[]): readonly number[] {
  const around = numbers.flatMap((n) => [Math.floor(n) - 1, Math.floor(n), Math.ceil(n), Math.floor(n) + 1]);
  // Above all of them together, for what is a sum of others.
  const far = 4 * Math.max(2, ...around) + 8;
  return distinct([1, 0, ...around, far]).filter((n) => n >= 0 && Number.isSafeInteger(n));
}

/** Doubles are probabilities. */
function shares(numbers: readonly number[]): readonly number[] {
  const near = 0.001;
  return distinct([0, 0.5, 1, ...numbers.flatMap((n) => [n - near, n, n + near])]).filter((n) => n >= 0 && n <= 1);
}

const LONGEST = 40;
/** Of literals that lists are put together from in every way. */
const MOST_SUBSETS_OF = 5;

function lists(strings: readonly string[], numbers: readonly number[]): readonly (readonly string[])[] {
  const some = strings.length <= MOST_SUBSETS_OF ? subsetsOf(strings) : [[], ...strings.map((text) => [text]), strings];
  const lengths = wholes(numbers).filter((n) => n <= LONGEST);
  const all = some.flatMap((texts) => [
    texts,
    [...texts, OTHER],
    ...lengths.filter((n) => n > texts.length).map((n) => Array.from({ length: n }, (_, i) => texts[i] ?? OTHER)),
  ]);
  return [...new Map(all.map((list) => [JSON.stringify(list), list])).values()];
}

export function subsetsOf<T>(values: readonly T[]): readonly (readonly T[])[] {
  return values.reduce<T[][]>((all, value) => [...all, ...all.map((some) => [...some, value])], [[]]);
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
