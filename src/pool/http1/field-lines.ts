// Field lines of a head or of trailers (RFC 9112, section 5), strictly.

/** An object without a prototype that is fast all the same; `Object.create(null)` is a hash table. */
function Headers(this: Record<string, string | string[]>): void {
  // Nothing is there yet.
}
Headers.prototype = Object.create(null) as object;
const NewHeaders = Headers as unknown as new () => Record<string, string | string[]>;

/** Control characters, and line ends that are not CRLF. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?:^|[^\r])\n/;
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** `text` (Latin-1) holds what no head may have. */
export function hasForbidden(text: string): boolean {
  return FORBIDDEN.test(text);
}

/** Lines from `from` on: names in lower case, several lines of one name are a list, no prototype. undefined: a line has no name. */
export function readFieldLines(text: string, from: number): Record<string, string | string[]> | undefined {
  const headers = new NewHeaders();
  for (let at = from; at < text.length;) {
    const end = endOfLine(text, at);
    const colon = text.indexOf(':', at);
    const name = colon < 0 || colon > end ? '' : text.slice(at, colon).toLowerCase();
    if (!NAME.test(name)) return undefined;
    add(headers, name, trimmed(text, colon + 1, end));
    at = end + 2;
  }
  return headers;
}

/** Where the line from `from` on ends. */
export function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\r\n', from);
  return at < 0 ? text.length : at;
}

function trimmed(text: string, from: number, end: number): string {
  let first = from;
  let last = end;
  while (first < last && isBlank(text.charCodeAt(first))) first++;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last--;
  return text.slice(first, last);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (typeof before === 'string') headers[name] = [before, value];
  else before.push(value);
}
