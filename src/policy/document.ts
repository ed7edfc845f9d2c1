// A YAML text with the way back from a path in it to line and column.
import { isMap, isNode, isScalar, isSeq, parseDocument, visit, type Alias, type Document, type Node } from 'yaml';
import { scalarOffset } from './scalar-offset.ts';
import type { Diagnostic, Path } from './compiling.ts';

export interface PolicyText {
  readonly file: string;
  readonly value: unknown;
  readonly syntax: readonly Diagnostic[];
  /** A diagnostic at a path; `key: true` points at the key instead of its value; `offset` counts characters into a scalar's value. */
  at(
    path: Path,
    message: string,
    options?: { key?: boolean; offset?: number; severity?: Diagnostic['severity'] },
  ): Diagnostic;
}

export function parsePolicyText(text: string, file: string): PolicyText {
  const document = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: true,
    // The library writes its warnings to stderr by itself.
    logLevel: 'error',
  });
  // The library's own counter loses lines where scalars go on over several.
  const place = (offset: number): { line: number; column: number } => {
    const before = text.slice(0, offset);
    const start = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: before.length - start + 1 };
  };
  const invalid = (offset: number, message: string): Diagnostic => ({
    severity: 'error',
    file,
    ...place(offset),
    path: '',
    message: `not valid YAML: ${message}`,
  });
  const syntax = document.errors.map((error) => invalid(error.pos[0], error.message));
  let value: unknown;
  if (syntax.length === 0) {
    const read = toValue(document);
    if (read.kind === 'value') ({ value } = read);
    else syntax.push(invalid(read.at?.range?.[0] ?? 0, read.message));
  }
  return {
    file,
    syntax,
    value,
    at: (path, message, options = {}) => {
      const node = nodeAt(document, path, options.key === true);
      let offset = node?.range?.[0] ?? 0;
      if (options.offset !== undefined && isScalar(node)) offset = scalarOffset(text, node, options.offset);
      return {
        severity: options.severity ?? 'error',
        file,
        ...place(offset),
        path: formatPath(path),
        message,
      };
    },
  };
}

/** The plain value, or why its aliases (`*name`) cannot be followed. */
function toValue(
  document: Document,
):
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly at: Alias | undefined; readonly message: string } {
  let first: Alias | undefined;
  let wrong: { at: Alias; message: string } | undefined;
  visit(document, {
    Alias: (_key, alias, path) => {
      first ??= alias;
      const target = alias.resolve(document);
      if (target === undefined) wrong ??= { at: alias, message: `nothing is anchored as &${alias.source} before it` };
      else if (path.includes(target)) wrong ??= { at: alias, message: `*${alias.source} stands inside what it names` };
    },
  });
  if (wrong !== undefined) return { kind: 'invalid', ...wrong };
  try {
    // maxAliasCount bounds what a "billion laughs" document can expand to.
    return { kind: 'value', value: document.toJS({ maxAliasCount: 50 }) };
  } catch (error) {
    return { kind: 'invalid', at: first, message: error instanceof Error ? error.message : String(error) };
  }
}

export function formatDiagnostic(d: Diagnostic): string {
  const where = d.path === '' ? '' : ` (at ${d.path})`;
  return `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}${where}`;
}

/** As they stand in the text. */
export function inOrder(diagnostics: readonly Diagnostic[], file?: string): Diagnostic[] {
  const rank = (d: Diagnostic): string => (d.file === file ? '' : d.file);
  return diagnostics.toSorted(
    (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** The node at the path, or the deepest of its parents that exists. */
function nodeAt(document: Document, path: Path, atKey: boolean): Node | undefined {
  let node: unknown = document.contents;
  let found: Node | undefined = isNode(node) ? node : undefined;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return found;
      const last = depth === path.length - 1;
      const place = last && atKey ? pair.key : (pair.value ?? pair.key);
      if (isNode(place)) found = place;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node)) found = node;
    } else {
      return found;
    }
  }
  return found;
}

function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
