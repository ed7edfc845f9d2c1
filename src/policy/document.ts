// A YAML text with the way back from a path in it to line and column.
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { Diagnostic, Path } from './types.ts';

export interface PolicyText {
  readonly file: string;
  readonly value: unknown;
  readonly syntax: readonly Diagnostic[];
  /** A diagnostic at a path; `key: true` points at the key instead of its value; `offset` counts characters into a plain scalar. */
  at(
    path: Path,
    message: string,
    options?: { key?: boolean; offset?: number; severity?: Diagnostic['severity'] },
  ): Diagnostic;
}

export function parsePolicyText(text: string, file: string): PolicyText {
  const lines = new LineCounter();
  // maxAliasCount bounds what a "billion laughs" document can expand to.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const syntax = document.errors.map((error): Diagnostic => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { severity: 'error', file, line, column: col, path: '', message: `not valid YAML: ${error.message}` };
  });
  return {
    file,
    syntax,
    value: syntax.length > 0 ? undefined : document.toJS({ maxAliasCount: 50 }),
    at: (path, message, options = {}) => {
      const { line, col } = lines.linePos(offsetOf(document, path, options.key === true) + (options.offset ?? 0));
      return { severity: options.severity ?? 'error', file, line, column: col, path: formatPath(path), message };
    },
  };
}

export function formatDiagnostic(d: Diagnostic): string {
  const where = d.path === '' ? '' : ` (at ${d.path})`;
  return `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}${where}`;
}

/** Start of the node at the path, or of the deepest of its parents that exists. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      const last = depth === path.length - 1;
      const place = last && atKey ? pair.key : (pair.value ?? pair.key);
      if (isNode(place)) offset = place.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  // A condition's offset counts from its first character, behind an opening quote.
  return isScalar(node) && !atKey && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
    ? offset + 1
    : offset;
}

function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
