// Looks at a copy of a stream on its way: counts its events, and reads usage from its end without parsing the rest.
import { toUsage, type ReadAnswer } from './read-answer.ts';

/** Usage comes in one of the last events: this much of the end is kept. */
const TAIL_BYTES = 16 * 1024;
const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const USAGE_KEY = '"usage":';

export interface StreamTap {
  see(chunk: Buffer): void;
  /** What the upstream reported, else an estimate: one token an event (less the role, the finish and `[DONE]`). */
  outputTokens(): { readonly usage: ReadAnswer['usage']; readonly estimatedOutputTokens: number };
}

export function createStreamTap(): StreamTap {
  const tail: Buffer[] = [];
  let tailBytes = 0;
  let events = 0;
  /** Of the line under way: its length so far, and its first byte. */
  let lineLength = 0;
  let lineStart: number | undefined;
  return {
    see: (chunk) => {
      let from = 0;
      for (let at = chunk.indexOf(NEW_LINE); at >= 0; at = chunk.indexOf(NEW_LINE, from)) {
        if (lineLength === 0) lineStart = chunk[from];
        lineLength += at - from;
        // A blank line ends an event; some servers write CR LF.
        if (lineLength === 0 || (lineLength === 1 && lineStart === RETURN)) events++;
        lineLength = 0;
        from = at + 1;
      }
      if (lineLength === 0) lineStart = chunk[from];
      lineLength += chunk.length - from;
      tail.push(chunk);
      tailBytes += chunk.length;
      while (tailBytes - (tail[0]?.length ?? 0) >= TAIL_BYTES) tailBytes -= tail.shift()?.length ?? 0;
    },
    outputTokens: () => ({
      usage: lastUsage(Buffer.concat(tail).toString('utf8')),
      estimatedOutputTokens: Math.max(0, events - 3),
    }),
  };
}

function lastUsage(text: string): ReadAnswer['usage'] {
  for (let at = text.lastIndexOf(USAGE_KEY); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(USAGE_KEY, at - 1)) {
    const line = text.slice(
      text.lastIndexOf('\n', at) + 1,
      text.indexOf('\n', at) < 0 ? undefined : text.indexOf('\n', at),
    );
    if (!line.startsWith('data:')) continue;
    try {
      const usage = toUsage((JSON.parse(line.slice(5)) as { usage?: unknown }).usage);
      if (usage !== undefined) return usage;
    } catch {
      // The beginning of the kept end may cut an event in two.
    }
  }
  return undefined;
}
