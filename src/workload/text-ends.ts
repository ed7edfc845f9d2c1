// The ends of a text: what its task is told from.

/** UTF-16 units of each end that tell the task. */
const END_UNITS = 160;
/** Units at each end that are searched for its paragraph, and the fewest that can be an instruction. */
const PARAGRAPH_UNITS = 1_024;
const MIN_INSTRUCTION = 16;

/**
 * What tells the task: of several paragraphs the first or the last, whichever is shorter, because an instruction is shorter than what it
 * is about; else the first line and the last.
 */
export function endsOf(text: string): string {
  const head = text.slice(0, PARAGRAPH_UNITS).trimStart();
  const tail = text.slice(-PARAGRAPH_UNITS).trimEnd();
  const border = head.indexOf('\n\n');
  if (border >= 0) {
    const first = head.slice(0, border);
    const last = tail.slice(tail.lastIndexOf('\n\n') + 2);
    const shorter = last.length < first.length ? last : first;
    if (shorter.length >= MIN_INSTRUCTION && shorter.length <= END_UNITS) return shorter;
  }
  if (text.length <= 2 * END_UNITS) return text;
  const [line = ''] = head.slice(0, END_UNITS).split('\n', 1);
  return `${line} ${tail.slice(-END_UNITS).split('\n').at(-1) ?? ''}`;
}
