// Any stream in any pieces, with pauses, leaving callers and upstreams that break off anywhere: what the caller gets is the beginning of
// what came, and at most one error event after it.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../src/base/index.ts';
import { relay, type Relayed } from '../../src/gateway/http/relay.ts';
import { StreamReader, withoutUsage } from '../../src/gateway/stream-reader.ts';
import type { Client as Caller } from '../../src/gateway/types.ts';
import { HttpExchange } from '../../src/pool/exchange.ts';
import { WireError, type Call, type Http1Client } from '../../src/pool/http1/index.ts';
import { Ticker } from '../../src/pool/ticker.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const NEVER = { ttftMs: Infinity, itlMs: Infinity, totalMs: Infinity };
const ERROR_EVENT = '\n\nevent: error\ndata: {"error":';

/** The caller's end: takes what is written, is full when the script says so, and may leave. */
class ScriptedCaller implements Caller {
  gone = false;
  ended = false;
  full = false;
  readonly written: Buffer[] = [];
  readonly #roomFor: readonly boolean[];
  #writes = 0;
  #leave: () => void = () => undefined;
  #drain: () => void = () => undefined;

  constructor(roomFor: readonly boolean[]) {
    this.#roomFor = roomFor;
  }

  onGone(listener: () => void): void {
    this.#leave = listener;
  }
  onDrain(listener: () => void): void {
    this.#drain = listener;
  }
  begin(): void {
    throw new Error('begins elsewhere');
  }
  send(): void {
    throw new Error('a stream is not sent whole');
  }
  fail(): void {
    throw new Error('a stream does not fail with an envelope');
  }
  write(chunk: Buffer | string): boolean {
    if (this.gone || this.ended) throw new Error('written to after the end');
    this.written.push(Buffer.from(chunk as string));
    // Full until it has drained, as a socket is.
    this.full ||= this.#roomFor[this.#writes++ % this.#roomFor.length] === false;
    return !this.full;
  }
  end(): void {
    if (this.ended) throw new Error('ended twice');
    this.ended = true;
  }
  leave(): void {
    this.gone = true;
    this.#leave();
  }
  drain(): void {
    this.full = false;
    this.#drain();
  }
}

/** The connection's end of a request. */
class ScriptedUpstream implements Call {
  paused = false;
  aborted = false;
  abort(): void {
    this.aborted = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

interface Script {
  readonly text: string;
  readonly cuts: readonly number[];
  readonly strip: boolean;
  readonly roomFor: readonly boolean[];
  /** Pieces that come before anybody consumes them; one at least, or there is no answer to relay. */
  readonly early: number;
  readonly steps: readonly ('feed' | 'drain' | 'leave')[];
  /** How it ends after so many pieces, if the caller does not leave first. */
  readonly ending: 'end' | 'error';
  readonly endsAfter: number;
}

interface Result {
  readonly relayed: Relayed | undefined;
  readonly caller: ScriptedCaller;
  readonly upstream: ScriptedUpstream;
  readonly delivered: Buffer;
  readonly watched: boolean;
}

async function play(script: Script): Promise<Result> {
  const bytes = Buffer.from(script.text);
  const edges = [0, ...script.cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const pieces = edges
    .slice(1)
    .map((edge, i) => bytes.subarray(edges[i], edge))
    .filter(({ length }) => length > 0);
  const upstream = new ScriptedUpstream();
  const caller = new ScriptedCaller(script.roomFor);
  const ticker = new Ticker(manualClock(), { every: () => () => undefined, after: () => () => undefined });
  const client = { ask: () => upstream } as unknown as Http1Client;
  const exchange = new HttpExchange({ client, pool: 'a', ticker }, NEVER);
  exchange.start({ method: 'POST', path: '/', headers: [], body: Buffer.alloc(0) });
  exchange.onHead(200, { 'content-type': 'text/event-stream' });
  const last = Math.min(script.endsAfter, pieces.length);
  const delivered: Buffer[] = [];
  let over = false;
  const feed = (): void => {
    if (over || upstream.aborted) return;
    const piece = delivered.length < last ? pieces[delivered.length] : undefined;
    if (piece !== undefined) {
      delivered.push(piece);
      exchange.onData(piece);
      return;
    }
    over = true;
    if (script.ending === 'end') exchange.onEnd();
    else exchange.onError(new WireError('closed', 'other side closed'));
  };

  for (let i = 0; i < script.early; i++) feed();
  let relayed: Relayed | undefined;
  const done = relay(exchange, 'a', caller, new StreamReader(script.strip), () => undefined).then(
    (it) => (relayed = it),
  );
  for (const step of script.steps) {
    // Data comes while the socket is not paused; its end may come all the same.
    if (step === 'feed' && !upstream.paused) feed();
    else if (step === 'drain' && caller.full) caller.drain();
    else if (step === 'leave' && !caller.gone && !caller.ended) caller.leave();
    if (caller.full && !caller.gone && !caller.ended && !over) expect(upstream.paused).toBe(true);
  }
  for (let left = 2 * pieces.length + 2; left > 0; left--) {
    if (over || caller.gone) break;
    if (caller.full) caller.drain();
    expect(upstream.paused && !caller.full).toBe(false);
    if (!upstream.paused) feed();
  }
  await Promise.race([done, new Promise(setImmediate)]);
  return { relayed, caller, upstream, delivered: Buffer.concat(delivered), watched: exchange.slot >= 0 };
}

const event = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}`),
  fc.constantFrom(
    ': keep-alive',
    'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
    'data:{"choices":[{"finish_reason":"stop"}]}',
    'data: {"error":{"message":"x"}}',
    'data: {"choices":[{"x":{"error":1}}]}',
    'data: [DONE]',
    'event: error',
    'half a li',
    `data: {"choices":[],"padding":"${'x'.repeat(70_000)}"}`,
  ),
);
const script: fc.Arbitrary<Script> = fc.record({
  text: fc
    .tuple(
      fc.array(event, { maxLength: 8 }),
      fc.constantFrom('\n\n', '\r\n\r\n'),
      fc.constantFrom('', 'data: [DONE]\n\n', 'data: {"cho'),
    )
    .map(([events, end, tail]) => events.map((one) => one + end).join('') + tail),
  cuts: fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 }),
  strip: fc.boolean(),
  roomFor: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  early: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant('feed' as const) },
      { weight: 4, arbitrary: fc.constant('drain' as const) },
      fc.constant('leave' as const),
    ),
    { maxLength: 20 },
  ),
  ending: fc.constantFrom('end' as const, 'error' as const),
  endsAfter: fc.integer({ min: 1, max: 14 }),
});

describe('a relayed stream', { timeout: TIMEOUT_MS }, () => {
  it('is the beginning of what came and at most one error event, and is over once, whatever happens', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(script, async (one) => {
        fc.pre(one.text !== '' || one.ending === 'end');
        const { relayed, caller, upstream, delivered, watched } = await play(one);
        kinds.add(`${relayed?.kind}`);
        expect(watched).toBe(false);
        const got = Buffer.concat(caller.written).toString('latin1');
        const at = got.lastIndexOf(ERROR_EVENT);
        const ours = at >= 0 && got.includes('"sluice_code"', at);
        const passed = ours ? got.slice(0, at) : got;
        if (ours) {
          expect(got.slice(at)).toMatch(/^\n\nevent: error\ndata: \{[^\n]*\}\n\n$/u);
          expect(passed).not.toContain('"sluice_code"');
        }
        if (!one.strip) expect(delivered.toString('latin1').startsWith(passed)).toBe(true);
        else if (!caller.gone && one.ending === 'end') expect(passed).toBe(withoutUsage(delivered).toString('latin1'));

        if (caller.gone) {
          expect([relayed?.kind, caller.ended, ours]).toEqual(['abandoned', false, false]);
          return;
        }
        expect(caller.ended).toBe(true);
        expect(upstream.aborted).toBe(false);
        if (relayed?.kind === 'completed') {
          expect([ours, one.ending]).toEqual([false, 'end']);
          if (!one.strip) expect(passed).toBe(delivered.toString('latin1'));
        } else {
          expect(relayed?.kind).toBe('interrupted');
          // What the upstream itself had said is not said again.
          if (!ours) expect(passed).toMatch(/^data: \{"error"/mu);
          if (one.ending === 'error') expect(ours).toBe(true);
        }
      }),
      runs(600),
    );
    expect([...kinds].toSorted()).toEqual(['abandoned', 'completed', 'interrupted']);
  });
});
