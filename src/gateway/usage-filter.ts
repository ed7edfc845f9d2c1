// Takes the usage event out of a stream again whose caller did not ask for it: Sluice did, to account for the answer.

const LF_END = Buffer.from('\n\n');
const CRLF_END = Buffer.from('\r\n\r\n');
/** Only an event with no choices is taken out, so only where this stands is anything looked at more closely. */
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;
const CHOICES_KEY = Buffer.from('"choices"');

export interface UsageFilter {
  /** What may go on now: whole events; the beginning of an event waits for its end. */
  push(chunk: Buffer): Buffer;
  /** What is left when the stream has ended. */
  end(): Buffer;
}

const NOTHING = Buffer.alloc(0);

/** Every other byte passes unchanged and in order, whatever the chunking. */
export function createUsageFilter(): UsageFilter {
  let held: Buffer = NOTHING;
  return {
    push: (chunk) => {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const whole = lastEventEnd(bytes);
      held = bytes.subarray(whole);
      return withoutUsageEvents(bytes.subarray(0, whole));
    },
    end: () => {
      const rest = held;
      held = NOTHING;
      return withoutUsageEvents(rest);
    },
  };
}

/** Of a stream that is there as a whole. */
export function withoutUsage(bytes: Buffer): Buffer {
  const filter = createUsageFilter();
  return Buffer.concat([filter.push(bytes), filter.end()]);
}

function lastEventEnd(bytes: Buffer): number {
  const lf = bytes.lastIndexOf(LF_END);
  const crlf = bytes.lastIndexOf(CRLF_END);
  return Math.max(lf < 0 ? 0 : lf + LF_END.length, crlf < 0 ? 0 : crlf + CRLF_END.length);
}

function withoutUsageEvents(bytes: Buffer): Buffer {
  if (!bytes.includes(CHOICES_KEY)) return bytes;
  const text = bytes.toString('latin1');
  if (!NO_CHOICES.test(text)) return bytes;
  const kept: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    // Blank lines between events are nobody's.
    const start = skipBlank(bytes, from);
    const to = nextEventEnd(bytes, start);
    kept.push(bytes.subarray(from, isUsageEvent(bytes.toString('utf8', start, to)) ? start : to));
    from = to;
  }
  return Buffer.concat(kept);
}

function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d) at++;
  return at;
}

function nextEventEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF_END, from);
  const crlf = bytes.indexOf(CRLF_END, from);
  const ends = [lf < 0 ? Infinity : lf + LF_END.length, crlf < 0 ? Infinity : crlf + CRLF_END.length];
  return Math.min(bytes.length, ...ends);
}

function isUsageEvent(event: string): boolean {
  const data = /^data:(.*)$/m.exec(event)?.[1];
  if (data === undefined || !NO_CHOICES.test(data)) return false;
  try {
    const { choices, usage } = JSON.parse(data) as { choices?: unknown; usage?: unknown };
    return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
  } catch {
    return false;
  }
}
