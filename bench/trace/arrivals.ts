// A production trace as arrivals: when a request came, how long its prompt was, how long its answer. Pure.
export interface Arrival {
  /** Seconds since the trace's start. */
  readonly atSeconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const HEADER = 't_s,context_tokens,generated_tokens';

/** Of a CSV with the columns above, in the order of time. Throws with the line that is none. */
export function parseTrace(text: string): readonly Arrival[] {
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  if (header.trim() !== HEADER) throw new Error(`line 1: expected "${HEADER}", found "${header}"`);
  return lines
    .map((line, i): Arrival => {
      const [atSeconds = NaN, inputTokens = NaN, outputTokens = NaN, ...more] = line.split(',').map(Number);
      const known = atSeconds >= 0 && inputTokens >= 0 && outputTokens >= 0 && more.length === 0;
      if (!known) throw new Error(`line ${i + 2}: no arrival: "${line}"`);
      return { atSeconds, inputTokens, outputTokens };
    })
    .toSorted((a, b) => a.atSeconds - b.atSeconds);
}

/** Those that come within `seconds` of the first when time runs `speed` times as fast; the first comes at 0. */
export function firstSeconds(trace: readonly Arrival[], seconds: number, speed: number): readonly Arrival[] {
  const start = trace[0]?.atSeconds ?? 0;
  return trace
    .map((one) => ({ ...one, atSeconds: (one.atSeconds - start) / speed }))
    .filter((one) => one.atSeconds < seconds);
}
