// Where in the source the n-th character of a YAML scalar's value stands: escapes, folded lines and block indents lie between.
import type { Scalar } from 'yaml';

/** `offset` counts UTF-16 code units of the value; past its end it gives the end of the scalar. */
export function scalarOffset(source: string, node: Scalar, offset: number): number {
  const [start, end] = node.range ?? [0, 0];
  switch (node.type) {
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED':
      return inBlock(source, start, end, offset, node.type === 'BLOCK_FOLDED');
    case 'QUOTE_DOUBLE':
    case 'QUOTE_SINGLE':
      return inFlow(source, start + 1, end - 1, offset, node.type === 'QUOTE_DOUBLE' ? '\\' : "'");
    default:
      return inFlow(source, start, end, offset, '');
  }
}

/** A line break of a flow scalar with the blanks around it reads as one space, or as one less line breaks than there are. */
const FOLD = /[ \t]*(?:\r?\n[ \t]*)+/y;

function inFlow(source: string, start: number, end: number, offset: number, escape: string): number {
  let at = start;
  let read = 0;
  while (at < end) {
    FOLD.lastIndex = at;
    const fold = FOLD.exec(source)?.[0];
    let width = 1;
    let length = 1;
    if (fold !== undefined) {
      width = fold.length;
      length = Math.max(1, fold.split('\n').length - 2);
    } else if (source[at] === escape) {
      [width, length] = escape === '\\' ? escaped(source, at) : [2, 1];
    }
    // A break that reads as a space: what is asked for may begin on the next line.
    if (read + length > offset) return at;
    at += width;
    read += length;
  }
  return end;
}

/** Source characters and value characters of a double-quoted escape. */
function escaped(source: string, at: number): readonly [number, number] {
  switch (source[at + 1]) {
    case 'x':
      return [4, 1];
    case 'u':
      return [6, 1];
    case 'U':
      return [10, Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff ? 2 : 1];
    case '\r':
    case '\n': {
      // An escaped line break joins the lines.
      const rest = /^\\\r?\n[ \t]*/.exec(source.slice(at))?.[0] ?? '';
      return [rest.length, 0];
    }
    default:
      return [2, 1];
  }
}

function inBlock(source: string, start: number, end: number, offset: number, folded: boolean): number {
  const header = /^[^\n]*\n/.exec(source.slice(start, end))?.[0] ?? '';
  const body = source.slice(start + header.length, end);
  // An indentation indicator in the header would allow a first line that is indented more: not looked at.
  const indent = /^(?:[ \t]*\r?\n)*( *)/.exec(body)?.[1]?.length ?? 0;
  let at = start + header.length;
  let read = 0;
  for (const [line, previous] of withPrevious(body.split('\n'))) {
    const text = line.slice(indent).replace(/\r$/, '');
    // The first of several breaks of a folded block leaves no character.
    if (folded && text === '' && previous !== '') read--;
    if (offset <= read + text.length) return at + Math.min(indent, line.length) + Math.max(0, offset - read);
    at += line.length + 1;
    read += text.length + 1;
  }
  return end;
}

function withPrevious(lines: readonly string[]): readonly (readonly [string, string])[] {
  return lines.map((line, i) => [line, i === 0 ? '' : (lines[i - 1] ?? '').trim()]);
}
