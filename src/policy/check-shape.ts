// Holds a value against a schema and says every error where it stands and what was expected.
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Check, Errors } from 'typebox/value';
import type { PolicyText } from './document.ts';
import type { Diagnostic, Path } from './compiling.ts';

// The library stops at 8 by default; an operator wants all errors at once.
Settings.Set({ maxErrors: 200 });

type SchemaError = ReturnType<typeof Errors>[number];

/** The parts of a JSON Schema that are looked at here. */
interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: unknown;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** `prefix` is where in the document the value stands. */
export function checkShape(text: PolicyText, schema: TSchema, value: unknown, prefix: Path = []): Diagnostic[] {
  // Interpreted: compiling a schema takes milliseconds, and a policy is looked at once.
  if (Check(schema, value)) return [];
  const found: Diagnostic[] = [];
  const errors = Errors(schema, value);
  const constants = new Set(errors.flatMap((error) => (error.keyword === 'const' ? [error.instancePath] : [])));
  const unions = errors.filter((error) => error.keyword === 'anyOf');
  for (const error of errors) {
    if (unions.some((union) => isWithin(error, union))) continue;
    // What must be one value need not be told its type as well.
    if (error.keyword !== 'const' && constants.has(error.instancePath) && error.keyword !== 'anyOf') continue;
    const inner = pointerToPath(error.instancePath, value);
    const path = [...prefix, ...inner];
    switch (error.keyword) {
      case 'boolean':
        // Each unknown key is reported again, with its name, by `additionalProperties`.
        break;
      case 'additionalProperties': {
        // Other keys are allowed: what is wrong is the value of one, and is reported by itself.
        if (typeof schemaAt(schema, inner)?.additionalProperties === 'object') break;
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
      case 'enum': {
        const { allowedValues } = error.params as { allowedValues: readonly unknown[] };
        found.push(text.at(path, `expected one of ${allowedValues.join(', ')}, ${shown(valueAt(value, inner))}`));
        break;
      }
      case 'anyOf':
        found.push(...checkUnion(text, schemaAt(schema, inner)?.anyOf ?? [], valueAt(value, inner), path));
        break;
      default:
        found.push(text.at(path, `${error.message}, ${shown(valueAt(value, inner))}`));
    }
  }
  return found;
}

/** What one alternative of a union says of the value is told by `checkUnion`, of the alternative that is meant. */
function isWithin(error: SchemaError, union: SchemaError): boolean {
  const under = error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`);
  return under && error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`);
}

/** The alternative that is meant is the one of the value's type, or of its `kind`; none of them: all are named. */
function checkUnion(
  text: PolicyText,
  alternatives: readonly SchemaNode[],
  value: unknown,
  path: Path,
): readonly Diagnostic[] {
  const type = Array.isArray(value) ? 'array' : typeof value;
  const ofType = alternatives.filter((one) => one.type === type && one.const === undefined && value !== null);
  if (ofType.length === 1 && ofType[0] !== undefined) return checkShape(text, ofType[0], value, path);
  if (ofType.length > 1) {
    const { kind } = value as { kind?: unknown };
    const meant = ofType.find((one) => one.properties?.['kind']?.const === kind);
    if (meant !== undefined) return checkShape(text, meant, value, path);
    const kinds = ofType.map((one) => one.properties?.['kind']?.const).join(', ');
    if (kind === undefined) return [text.at(path, `"kind" is missing; expected one of ${kinds}`)];
    return [text.at([...path, 'kind'], `expected one of ${kinds}, ${shown(kind)}`)];
  }
  const names = alternatives.map((one) =>
    one.const !== undefined ? JSON.stringify(one.const) : one.type === 'object' ? 'an object' : `a ${one.type}`,
  );
  return [text.at(path, `expected ${[...new Set(names)].join(' or ')}, ${shown(value)}`)];
}

function shown(value: unknown): string {
  // JSON has no .inf and .nan.
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return `found ${json.length > 60 ? `${json.slice(0, 57)}...` : json}`;
}

function unknownKey(schema: TSchema, path: Path, key: string): string {
  const known = Object.keys(schemaAt(schema, path)?.properties ?? {});
  return known.length === 0
    ? `"${key}" is not a valid name: letters, digits, ".", "_" and "-", at most 64`
    : `unknown key "${key}", expected one of ${known.join(', ')}`;
}

function schemaAt(schema: TSchema, path: Path): SchemaNode | undefined {
  let at: SchemaNode | undefined = schema;
  for (const step of path) {
    at = at?.properties?.[String(step)] ?? at?.items ?? Object.values(at?.patternProperties ?? {})[0];
  }
  return at;
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
