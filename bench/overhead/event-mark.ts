// An event carries the time at which the upstream meant to send it: both processes read the machine's one monotonic clock.

/** Microseconds of CLOCK_MONOTONIC: the same in every process. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

const DIGITS = 16;
const LINE_FEED = 0x0a;
const KEY = Buffer.from('"sent_us":"');
const MARK_BYTES = KEY.length + DIGITS;

/** A member of the event's JSON. Always as long: the chunk's size can be written in advance. */
export function markOf(us: number): string {
  return `"sent_us":"${String(us).padStart(DIGITS, '0')}"`;
}

export interface MarkScanner {
  /** Calls `found` for every mark that is whole by now, those across two pieces among them. */
  see(chunk: Buffer, found: (us: number) => void): void;
}

export function createMarkScanner(): MarkScanner {
  let carried: Buffer | undefined;
  return {
    see: (chunk, found) => {
      const bytes = carried === undefined ? chunk : Buffer.concat([carried, chunk]);
      carried = undefined;
      let from = 0;
      for (let at = bytes.indexOf(KEY); at >= 0; at = bytes.indexOf(KEY, from)) {
        if (at + MARK_BYTES > bytes.length) break;
        found(Number(bytes.toString('latin1', at + KEY.length, at + MARK_BYTES)));
        from = at + MARK_BYTES;
      }
      // A mark may begin in the last bytes; it holds no line feed, and nearly every piece ends in one.
      if (bytes.at(-1) === LINE_FEED) return;
      const rest = Math.max(from, bytes.length - MARK_BYTES);
      if (rest < bytes.length) carried = bytes.subarray(rest);
    },
  };
}
