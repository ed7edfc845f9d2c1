// Makes a value that fits a JSON Schema, for structured answers and tool arguments.
import { clamp } from '../base/index.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Deeper than any sensible answer: only a schema that refers to itself gets there. */
const MAX_DEPTH = 12;
/** A schema of a few bytes can ask for billions of values, or for a text of that length: what lies beyond is null, or left off. */
const MAX_VALUES = 1000;
const MAX_LENGTH = 10_000;
/** Of a value that the schema gives as it is: JSON.stringify is recursive. */
const MAX_NESTING = 64;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const first = (value: unknown): unknown => (Array.isArray(value) ? (value as readonly unknown[])[0] : undefined);
const shallow = (value: unknown, left = MAX_NESTING): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (left > 0 && Object.values(value).every((child) => shallow(child, left - 1)));
const asGiven = (value: unknown): unknown => (shallow(value) ? value : null);
const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

function resolve(root: Schema, pointer: string): unknown {
  let at: unknown = root;
  for (const key of pointer.split('/').slice(1)) {
    if (!isObject(at)) return {};
    at = at[key.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

function typeOf(schema: Schema): unknown {
  const declared = schema['type'];
  if (Array.isArray(declared)) return (declared as readonly unknown[]).find((type) => type !== 'null') ?? 'null';
  if (declared !== undefined) return declared;
  return isObject(schema['properties']) ? 'object' : 'string';
}

function numberFor(schema: Schema): number {
  const least = numberOr(schema['minimum'], numberOr(schema['exclusiveMinimum'], -Infinity) + 1);
  const most = numberOr(schema['maximum'], numberOr(schema['exclusiveMaximum'], Infinity) - 1);
  return clamp(1, least, most);
}

function stringFor(schema: Schema, text: string): string {
  const padded = text.padEnd(Math.min(numberOr(schema['minLength'], 0), MAX_LENGTH), '.');
  return padded.slice(0, numberOr(schema['maxLength'], padded.length));
}

/**
 * Fits types, enum, const, $ref, anyOf/oneOf/allOf, required bounds of numbers, strings and arrays; ignores `pattern` and `format`.
 * Strings hold `text`. `{}` gives a string; a root that must be an object should say so.
 */
export function schemaExample(schema: Schema, text: string): unknown {
  return example(schema, { root: schema, text, valuesLeft: MAX_VALUES }, 0);
}

interface Making {
  readonly root: Schema;
  readonly text: string;
  valuesLeft: number;
}

function example(schema: Schema, making: Making, depth: number): unknown {
  const { root, text } = making;
  if (depth > MAX_DEPTH || making.valuesLeft-- <= 0) return null;
  const next = (child: unknown): unknown => (isObject(child) ? example(child, making, depth + 1) : text);
  if (typeof schema['$ref'] === 'string') return next(resolve(root, schema['$ref']));
  if ('const' in schema) return asGiven(schema['const']);
  if (Array.isArray(schema['enum'])) return asGiven(first(schema['enum']));
  const choice = first(schema['anyOf']) ?? first(schema['oneOf']);
  if (choice !== undefined) return next(choice);
  if (Array.isArray(schema['allOf'])) {
    const parts = (schema['allOf'] as readonly unknown[]).map(next);
    return parts.every(isObject) ? Object.assign({}, ...parts) : parts[0];
  }
  switch (typeOf(schema)) {
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, next(child)]));
    }
    case 'array': {
      const wanted = Math.min(numberOr(schema['minItems'], 1), making.valuesLeft);
      return Array.from({ length: Math.max(1, wanted) }, () => next(schema['items'] ?? {}));
    }
    case 'number':
    case 'integer':
      return numberFor(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return stringFor(schema, text);
  }
}
