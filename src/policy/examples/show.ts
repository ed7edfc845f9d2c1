// An example as people read it: the facts that the conditions in question ask, and those alone.
import type { ASTNode } from '@marcbachmann/cel-js';
import { referencesOf } from './references.ts';
import type { Example } from './search.ts';
import type { World } from './world.ts';

/** `{ topic: "law", tokens.input: 8001 }`: of what `conditions` ask; entries of a map that are not there are left out. */
export function showExample(world: World, example: Example, ...conditions: readonly (ASTNode | undefined)[]): string {
  const asked = new Set(
    conditions.flatMap((ast) => (ast === undefined ? [] : [...referencesOf(ast, world).variables.keys()])),
  );
  const parts = [...example].flatMap(([name, value]) =>
    value === undefined || !asked.has(name) ? [] : [`${name}: ${shown(value)}`],
  );
  return parts.length === 0 ? 'any request' : `{ ${parts.toSorted().join(', ')} }`;
}

function shown(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
