// Reads labelled texts, one JSON object a line, and says of every bad line which it is and what is wrong.

export interface Labelled {
  readonly text: string;
  /** Position among the policy's topics, -1 for none of them. */
  readonly topic: number;
}

/** `errors` are `LINE: what is wrong`; where there are some, `rows` are the good lines alone. */
export function parseLabelled(
  source: string,
  names: readonly string[],
): { readonly rows: readonly Labelled[]; readonly errors: readonly string[] } {
  const rows: Labelled[] = [];
  const errors: string[] = [];
  for (const [i, line] of source
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const row = parseLine(line, names);
    if (typeof row === 'string') errors.push(`${i + 1}: ${row}`);
    else rows.push(row);
  }
  return { rows, errors };
}

function parseLine(line: string, names: readonly string[]): Labelled | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'expected {"text": ..., "topic": ...}';
  const { text, topic } = value as Readonly<Record<string, unknown>>;
  if (typeof text !== 'string' || text.trim() === '') return '"text" must be a text that is not empty';
  if (topic === null) return { text, topic: -1 };
  const index = typeof topic === 'string' ? names.indexOf(topic) : -1;
  return index < 0
    ? `"topic" must be null or one of ${names.join(', ')}, found ${JSON.stringify(topic) ?? 'nothing'}`
    : { text, topic: index };
}
