// Holds a value against a schema and says every error where it stands and what was expected.
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Settings } from 'typebox/system';
import type { PolicyText } from './document.ts';
import type { Diagnostic, Path } from './types.ts';

// The library stops at 8 by default; an operator wants all errors at once.
Settings.Set({ maxErrors: 200 });

/** Compiling a schema takes milliseconds; a policy asks for the same few again and again. */
const compiledSchemas = new WeakMap<TSchema, Validator>();

/** `prefix` is where in the document the value stands. */
export function checkShape(text: PolicyText, schema: TSchema, value: unknown, prefix: Path = []): Diagnostic[] {
  let compiled = compiledSchemas.get(schema);
  if (compiled === undefined) compiledSchemas.set(schema, (compiled = Compile(schema)));
  if (compiled.Check(value)) return [];
  const found: Diagnostic[] = [];
  const errors = compiled.Errors(value);
  const constants = new Set(errors.flatMap((error) => (error.keyword === 'const' ? [error.instancePath] : [])));
  for (const error of errors) {
    // What must be one value need not be told its type as well.
    if (error.keyword !== 'const' && constants.has(error.instancePath)) continue;
    const inner = pointerToPath(error.instancePath, value);
    const path = [...prefix, ...inner];
    switch (error.keyword) {
      case 'boolean':
        // Each unknown key is reported again, with its name, by `additionalProperties`.
        break;
      case 'additionalProperties': {
        const { additionalProperties } = error.params as { additionalProperties: readonly string[] };
        for (const key of additionalProperties) {
          found.push(text.at([...path, key], unknownKey(schema, inner, key), { key: true }));
        }
        break;
      }
      case 'required': {
        const { requiredProperties } = error.params as { requiredProperties: readonly string[] };
        for (const key of requiredProperties) found.push(text.at(path, `"${key}" is missing`));
        break;
      }
      case 'const':
        found.push(text.at(path, `expected ${JSON.stringify(error.params.allowedValue)}`));
        break;
      default:
        found.push(text.at(path, expected(error.message, valueAt(value, inner))));
    }
  }
  return found;
}

function expected(message: string, value: unknown): string {
  // JSON has no .inf and .nan.
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return `${message}, found ${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}`;
}

function unknownKey(schema: TSchema, path: Path, key: string): string {
  const known = keysAt(schema, path);
  return known.length === 0
    ? `"${key}" is not a valid name: letters, digits, ".", "_" and "-", at most 64`
    : `unknown key "${key}", expected one of ${known.join(', ')}`;
}

function keysAt(schema: TSchema, path: Path): readonly string[] {
  let at: Record<string, unknown> = schema as Record<string, unknown>;
  for (const step of path) {
    const properties = at['properties'] as Record<string, Record<string, unknown>> | undefined;
    const patterns = at['patternProperties'] as Record<string, Record<string, unknown>> | undefined;
    const next =
      properties?.[String(step)] ??
      (at['items'] as Record<string, unknown> | undefined) ??
      Object.values(patterns ?? {})[0];
    if (next === undefined) return [];
    at = next;
  }
  return Object.keys((at['properties'] as object | undefined) ?? {});
}

/** A step is a number only where it is a position in a list: a pool may well be called "8". */
function pointerToPath(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  let at = value;
  for (const escaped of pointer.split('/').slice(1)) {
    const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(step) : step);
    at = (at as Record<string, unknown> | undefined)?.[step];
  }
  return path;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) at = (at as Record<string | number, unknown> | undefined)?.[step];
  return at;
}
