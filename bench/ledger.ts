// What the decision log costs: CPU of the main thread and of all others per request, at a steady rate, on LMDB.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/base/index.ts';
import { openFeedback } from '../src/feedback/index.ts';
import { openLmdbStore } from '../src/store/index.ts';
import { sampleAttempt, sampleContext, sampleDecision, sampleWorkload } from './ledger-sample.ts';

const PER_SECOND = 5_000;
const SECONDS = 4;
/** How many requests are under way. */
const UNDER_WAY = 1_000;
const TICK_MS = 2;

/** User and system CPU in microseconds: of the main thread, and of the whole process. */
function cpu(): { readonly main: number; readonly all: number } {
  // proc(5): the name is in parentheses; utime and stime are fields 14 and 15, in ticks of 10 ms.
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const { user, system } = process.cpuUsage();
  return { main: (Number(fields[11]) + Number(fields[12])) * 10_000, all: user + system };
}

async function measure(kind: 'fixed' | 'bandit' | 'nothing', directory: string): Promise<void> {
  const store = openLmdbStore({ directory: join(directory, kind) });
  const { ledger, close } = await openFeedback({
    store,
    arms: [],
    dimensions: 16,
    fingerprint: 'bench',
    clock: systemClock,
    publish: () => undefined,
    retention: { maxAgeMs: Infinity, maxBytes: Infinity },
  });
  const learnt = kind === 'bandit';
  const make = () => {
    const decision = sampleDecision(learnt);
    const { id, at } = decision;
    const chosen = decision.stages[0]?.pool ?? '';
    const attempt = { ...sampleAttempt(chosen), itlMs: 20.5, queuedMs: 0 };
    const usage = { ...attempt.usage, cachedInputTokens: 0 };
    const context = sampleContext(learnt);
    const workload = sampleWorkload(learnt);
    return {
      record: { v: 2 as const, id, at, decision, workload, chosen, context, contextFingerprint: 'bench' },
      outcome: {
        v: 2 as const,
        decisionId: id,
        at: at + 800,
        finish: 'completed' as const,
        status: 200,
        errorCode: undefined,
        answeredBy: chosen,
        attempts: [{ ...attempt, usage }],
        usage,
        costUsd: attempt.costUsd,
        ttftMs: attempt.ttftMs,
        e2eMs: 812.2323,
        overheadMs: 0.123,
      },
    };
  };
  const run = async (seconds: number): Promise<void> => {
    const perTick = (PER_SECOND * TICK_MS) / 1_000;
    const rows = Array.from({ length: PER_SECOND * seconds }, make);
    const before = cpu();
    const start = performance.now();
    let at = 0;
    while (at < rows.length) {
      for (let i = 0; i < perTick && at < rows.length; i++, at++) {
        if (kind === 'nothing') continue;
        const opening = rows[at];
        if (opening !== undefined) ledger.open(opening.record);
        const closing = rows[at - UNDER_WAY];
        if (closing !== undefined) ledger.close(closing.outcome);
      }
      const next = start + (at / PER_SECOND) * 1_000;
      if (next > performance.now()) await pause(next - performance.now());
    }
    for (const { outcome } of rows.slice(-UNDER_WAY)) ledger.close(outcome);
    if (kind !== 'nothing') await ledger.flush();
    const after = cpu();
    const [main, all] = [(after.main - before.main) / rows.length, (after.all - before.all) / rows.length];
    if (seconds > 1) {
      process.stdout.write(
        `${kind.padEnd(8)} main thread ${main.toFixed(1)} us, other threads ${(all - main).toFixed(1)} us, together ${all.toFixed(1)} us a request\n`,
      );
    }
  };
  await run(1);
  await run(SECONDS);
  await close();
  await store.close();
}

const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
try {
  process.stdout.write(`${PER_SECOND} requests a second, ${UNDER_WAY} under way; "nothing" is the pacing alone\n`);
  for (const kind of ['nothing', 'fixed', 'bandit', 'fixed', 'bandit', 'nothing'] as const) {
    await measure(kind, join(directory, kind));
    rmSync(join(directory, kind), { recursive: true });
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
