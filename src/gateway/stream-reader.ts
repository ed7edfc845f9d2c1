// Reads a stream on its way: counts its events, finds its usage, and takes the usage event out again if only Sluice had asked for it.
import { toUsage, type ReportedUsage } from './read-answer.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const LF_END = Buffer.from('\n\n');
const CRLF_END = Buffer.from('\r\n\r\n');
const USAGE_KEY = Buffer.from('"usage"');
/** An event that is nothing but an error, as vLLM writes it in a stream that breaks off. */
const ERROR_OBJECT = Buffer.from('{"error"');
const DATA = Buffer.from('data:');
const DONE = '[DONE]';
const FINISH = /"finish_reason"\s*:\s*"/;
const NOTHING: Buffer = Buffer.alloc(0);

/** An event longer than this is no usage event: it goes on before it is whole. */
const LONGEST_HELD = 64 * 1024;
/** Of an event that went on early: so much is looked at again to find its end in the next chunk. */
const END_OVERLAP = CRLF_END.length - 1;

/**
 * Every byte passes unchanged and in order, whatever the chunking; with `strip`, the events that hold usage and no choices do not. What is
 * looked for is a key: inside a JSON string its quotes would be escaped.
 */
export class StreamReader {
  readonly #strip: boolean;
  /** The beginning of an event whose end has not come; with `strip` it has not gone on yet. */
  #carry: Buffer = NOTHING;
  /** The event under way is longer than what is held: it goes on as it comes. */
  #long = false;
  #events = 0;
  #last: Buffer = NOTHING;
  #failed = false;
  #usage: ReportedUsage | undefined;

  constructor(strip: boolean) {
    this.#strip = strip;
  }

  /** The last usage that the upstream reported. */
  get usage(): ReportedUsage | undefined {
    return this.#usage;
  }

  /** One token an event but for those of the frame, for upstreams that report no usage. */
  estimatedOutputTokens(frameEvents: number): number {
    return Math.max(0, this.#events - frameEvents);
  }

  /** The upstream said in the stream that it failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** After `end`: whether the stream came to its own end, and not to that of a connection. Some servers write no `[DONE]`. */
  get complete(): boolean {
    if (this.#carry.length > 0 || this.#long) return false;
    const last = this.#last.toString('latin1');
    return last.includes(DONE) || this.#usage !== undefined || FINISH.test(last);
  }

  /** What may go on now. */
  push(chunk: Buffer): Buffer {
    if (this.#long) return this.#pushLong(chunk);
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const whole = lastEventEnd(bytes);
    const kept = this.#read(whole === bytes.length ? bytes : bytes.subarray(0, whole));
    this.#carry = whole === bytes.length ? NOTHING : bytes.subarray(whole);
    if (this.#carry.length <= LONGEST_HELD) return this.#strip ? kept : chunk;
    const early = this.#carry;
    this.#long = true;
    this.#carry = early.subarray(-END_OVERLAP);
    return this.#strip ? Buffer.concat([kept, early]) : chunk;
  }

  /** What is left when the stream has ended. */
  end(): Buffer {
    if (this.#long || this.#carry.length === 0) return NOTHING;
    const rest = this.#carry;
    const kept = this.#read(rest);
    // Some servers leave out the last blank line; an event whose JSON is whole is whole.
    if (isWhole(rest)) this.#carry = NOTHING;
    return this.#strip ? kept : NOTHING;
  }

  #pushLong(chunk: Buffer): Buffer {
    const overlap = this.#carry;
    const bytes = Buffer.concat([overlap, chunk]);
    const end = eventEnd(bytes, 0, true);
    if (end < 0) {
      this.#carry = bytes.subarray(-END_OVERLAP);
      return chunk;
    }
    this.#events++;
    this.#long = false;
    this.#carry = NOTHING;
    const after = end - overlap.length;
    const next = this.push(chunk.subarray(after));
    return this.#strip ? Buffer.concat([chunk.subarray(0, after), next]) : chunk;
  }

  /** Whole events (and what is left at the end of a stream); gives back those that stay. */
  #read(bytes: Buffer): Buffer {
    // A comment says nothing of how a stream ends.
    if (bytes.length > 0 && (bytes[0] !== COLON || bytes.includes(DATA))) this.#last = bytes;
    if (holdsErrorEvent(bytes)) this.#failed = true;
    const mayHaveCr = bytes.includes(CR);
    for (let from = 0; from < bytes.length;) {
      const end = eventEnd(bytes, from, mayHaveCr);
      if (end < 0) break;
      this.#events++;
      from = end;
    }
    let kept: Buffer[] | undefined;
    let copied = 0;
    for (let at = bytes.indexOf(USAGE_KEY); at >= 0; at = bytes.indexOf(USAGE_KEY, at + 1)) {
      if (!opensObject(bytes, at + USAGE_KEY.length)) continue;
      const from = eventStart(bytes, at);
      const end = eventEnd(bytes, at, mayHaveCr);
      const to = end < 0 ? bytes.length : end;
      if (this.#isUsageAlone(bytes.toString('utf8', from, to)) && this.#strip) {
        (kept ??= []).push(bytes.subarray(copied, from));
        copied = to;
      }
      at = to - 1;
    }
    return kept === undefined ? bytes : Buffer.concat([...kept, bytes.subarray(copied)]);
  }

  /** Notes the event's usage; true if there is nothing else in it. */
  #isUsageAlone(event: string): boolean {
    const data = /^data:(.*)$/m.exec(event)?.[1];
    if (data === undefined) return false;
    try {
      const { choices, usage } = JSON.parse(data) as { choices?: unknown; usage?: unknown };
      this.#usage = toUsage(usage) ?? this.#usage;
      return Array.isArray(choices) && choices.length === 0;
    } catch {
      return false;
    }
  }
}

/** Whether an event's data begins with such an object; within an event's data it would be somebody's data. */
function holdsErrorEvent(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(ERROR_OBJECT); at >= 0; at = bytes.indexOf(ERROR_OBJECT, at + 1)) {
    const from = (bytes[at - 1] === 0x20 ? at - 1 : at) - DATA.length;
    if (from < 0 || bytes.compare(DATA, 0, DATA.length, from, from + DATA.length) !== 0) continue;
    if (from === 0 || bytes[from - 1] === LF) return true;
  }
  return false;
}

function isWhole(event: Buffer): boolean {
  const text = event.toString('utf8').trim();
  if (text === '' || text.endsWith(DONE)) return true;
  const data = /^data:(.*)$/m.exec(text)?.[1];
  if (data === undefined) return text.startsWith(':');
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

/** A stream that is there as a whole, without the events that hold usage alone. */
export function withoutUsage(bytes: Buffer): Buffer {
  const reader = new StreamReader(true);
  return Buffer.concat([reader.push(bytes), reader.end()]);
}

/** After the last whole event. */
function lastEventEnd(bytes: Buffer): number {
  const { length } = bytes;
  // Nearly every chunk is one whole event.
  if (bytes[length - 1] === LF && (bytes[length - 2] === LF || endsInBlankCrLf(bytes))) return length;
  const lf = bytes.lastIndexOf(LF_END);
  const crlf = bytes.lastIndexOf(CRLF_END);
  return Math.max(lf < 0 ? 0 : lf + LF_END.length, crlf < 0 ? 0 : crlf + CRLF_END.length);
}

function endsInBlankCrLf(bytes: Buffer): boolean {
  const { length } = bytes;
  return bytes[length - 2] === CR && bytes[length - 3] === LF && bytes[length - 4] === CR;
}

/** After the first event end at or after `from`, or -1. Nearly no stream has a CR; some have both, where a proxy adds comments. */
function eventEnd(bytes: Buffer, from: number, mayHaveCr: boolean): number {
  const lf = bytes.indexOf(LF_END, from);
  if (!mayHaveCr) return lf < 0 ? -1 : lf + LF_END.length;
  const crlf = bytes.indexOf(CRLF_END, from);
  if (lf < 0) return crlf < 0 ? -1 : crlf + CRLF_END.length;
  return crlf >= 0 && crlf < lf ? crlf + CRLF_END.length : lf + LF_END.length;
}

/** Where the event around `at` begins; blank lines between events are nobody's. */
function eventStart(bytes: Buffer, at: number): number {
  const lf = bytes.lastIndexOf(LF_END, at);
  const crlf = bytes.lastIndexOf(CRLF_END, at);
  let start = Math.max(lf < 0 ? 0 : lf + LF_END.length, crlf < 0 ? 0 : crlf + CRLF_END.length);
  // What is left of an end that was cut in two.
  while (bytes[start] === LF || bytes[start] === CR) start++;
  return start;
}

/** Past a colon and white space. */
function opensObject(bytes: Buffer, from: number): boolean {
  let at = from;
  let byte = bytes[at];
  while (byte === COLON || byte === 0x20 || byte === 0x09 || byte === LF || byte === CR) byte = bytes[++at];
  return byte === OPEN_BRACE;
}
