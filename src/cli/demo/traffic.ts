// Plays the users: sends every arrival when it is due, scores the answer, gives feedback; keeps the tally.
import { setTimeout as sleep } from 'node:timers/promises';
import { BadAnswerError, NoAnswerError, type GatewayClient } from './gateway-client.ts';
import { costOf, scoreAnswer } from './scoring.ts';
import type { Tally } from './tally.ts';
import type { Arrival, Ending, Price } from './types.ts';

/** How long answers under way are waited for once nothing more is sent. */
const GRACE_MS = 10_000;

/** What routed users ask for. */
export const ROUTED_MODEL = 'auto';

export interface TrafficRun {
  readonly client: GatewayClient;
  readonly arrivals: Iterable<Arrival>;
  readonly tally: Tally;
  readonly prices: ReadonlyMap<string, Price>;
  readonly controlPool: string;
  readonly durationMs: number;
  readonly concurrency: number;
  /** Since the start. */
  readonly elapsedMs: () => number;
  /** Ctrl-C: nothing more is sent, answers under way are waited for. */
  readonly stop: AbortSignal;
  /** Nothing more will be sent; `ms` is how long was sent. */
  readonly onSent?: (ms: number) => void;
}

/** Resolves when all is answered or given up; `elapsedMs` is how long was sent. */
export async function runTraffic(run: TrafficRun): Promise<{ ending: Ending; elapsedMs: number }> {
  const { client, tally, durationMs, concurrency, elapsedMs, stop } = run;
  const gone = new AbortController();
  const giveUp = new AbortController();
  const halt = AbortSignal.any([stop, gone.signal]);
  const halted = new Promise<void>((resolve) => halt.addEventListener('abort', () => resolve(), { once: true }));
  const underWay = new Set<Promise<void>>();

  let probe: Promise<void> | undefined;
  /** One lost connection is a failed request; a gateway that does not say it is alive either is gone. */
  const askWhetherAlive = (): Promise<void> =>
    (probe ??= client.alive().then((alive) => {
      probe = undefined;
      if (!alive) gone.abort();
    }));
  /** What went wrong, in words; asks whether the gateway still lives when nothing answered. */
  const reasonOf = async (error: unknown): Promise<string> => {
    if (error instanceof BadAnswerError) return error.message;
    if (!(error instanceof NoAnswerError)) throw error;
    if (giveUp.signal.aborted) return 'unanswered at the end';
    if (!gone.signal.aborted) await askWhetherAlive();
    return `no answer (${error.message})`;
  };
  const user = async (arrival: Arrival): Promise<void> => {
    const signal = AbortSignal.any([gone.signal, giveUp.signal]);
    const answered = await ask(run, arrival, signal).catch(async (error: unknown) => tally.fail(await reasonOf(error)));
    if (answered === undefined || !arrival.givesFeedback) return;
    // The request has been answered: a rating that is lost is no failed request.
    const said = client.feedback(answered.decisionId, answered.score, signal);
    tally.feedbackSaid(await said.catch(reasonOf));
  };

  for (const arrival of run.arrivals) {
    await sleep(Math.max(0, arrival.dueMs - elapsedMs()), undefined, { signal: halt }).catch(() => undefined);
    if (!halt.aborted && underWay.size >= concurrency) {
      tally.heldBack++;
      await Promise.race([...underWay, halted]);
    }
    if (halt.aborted || elapsedMs() >= durationMs) break;
    const one = user(arrival).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  if (!halt.aborted) await sleep(durationMs - elapsedMs(), undefined, { signal: halt }).catch(() => undefined);
  const sentForMs = Math.min(elapsedMs(), durationMs);
  run.onSent?.(sentForMs);

  const patience = setTimeout(() => giveUp.abort(), GRACE_MS);
  await Promise.all(underWay);
  clearTimeout(patience);
  return { ending: gone.signal.aborted ? 'gone' : stop.aborted ? 'stopped' : 'completed', elapsedMs: sentForMs };
}

/** Asks, scores and counts. Throws NoAnswerError and BadAnswerError. */
async function ask(
  { client, tally, prices, controlPool, elapsedMs }: TrafficRun,
  { prompt, group }: Arrival,
  signal: AbortSignal,
): Promise<{ decisionId: string; score: 0 | 1 }> {
  const sentMs = elapsedMs();
  const served = await client.ask(group === 'control' ? controlPool : ROUTED_MODEL, prompt.prompt, signal);
  const price = prices.get(served.pool);
  if (price === undefined) throw new BadAnswerError(`the pool "${served.pool}" has no price in /v1/models`);
  const score = scoreAnswer(served.text, prompt.answer);
  const costUsd = costOf(served.usage, price);
  const answeredMs = elapsedMs();
  tally.answered.push({ sentMs, answeredMs, topic: prompt.topic, group, pool: served.pool, score, costUsd });
  return { decisionId: served.decisionId, score };
}
