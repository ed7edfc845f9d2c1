// What the decision log costs: CPU of the main thread and of all others per request, and full collections of garbage, at a steady rate, on LMDB.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/base/index.ts';
import { openFeedback } from '../src/feedback/index.ts';
import { openLmdbStore } from '../src/store/index.ts';
import { recordLayout } from '../src/gateway/record-layout.ts';
import { sampleOutcome, sampleRecord } from './ledger-sample.ts';

const PER_SECOND = 5_000;
const SECONDS = 4;
const WARM_UP_SECONDS = 2;
const ROUNDS = 3;
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

interface Cost {
  readonly main: number;
  readonly others: number;
  /** Of V8's old generation, a second. */
  readonly fullCollections: number;
}

let fullCollections = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    // Node's types leave it out.
    const { detail } = entry as object as { readonly detail: { readonly kind: number } };
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) fullCollections++;
  }
}).observe({ entryTypes: ['gc'] });

/** Per request, in microseconds. `log` false: everything but the decision log. */
async function measure(kind: 'fixed' | 'bandit', log: boolean, directory: string): Promise<Cost> {
  const store = openLmdbStore({ directory });
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
    const record = sampleRecord(learnt);
    return { record, outcome: sampleOutcome(record) };
  };
  const run = async (seconds: number): Promise<Cost> => {
    const perTick = (PER_SECOND * TICK_MS) / 1_000;
    const total = PER_SECOND * seconds;
    const underWay: ReturnType<typeof make>[] = [];
    const before = cpu();
    const collectionsBefore = fullCollections;
    const start = performance.now();
    for (let done = 0; done < total;) {
      for (let i = 0; i < perTick; i++, done++) {
        const opening = make();
        underWay.push(opening);
        const closing = underWay.length > UNDER_WAY ? underWay.shift() : undefined;
        if (!log) continue;
        ledger.open(opening.record, recordLayout);
        if (closing !== undefined) ledger.close(closing.outcome);
      }
      const next = start + (done / PER_SECOND) * 1_000;
      if (next > performance.now()) await pause(next - performance.now());
    }
    const after = cpu();
    for (const { outcome } of underWay) if (log) ledger.close(outcome);
    const main = (after.main - before.main) / total;
    return {
      main,
      others: (after.all - before.all) / total - main,
      fullCollections: (fullCollections - collectionsBefore) / seconds,
    };
  };
  await run(WARM_UP_SECONDS);
  const cost = await run(SECONDS);
  await close();
  await store.close();
  return cost;
}

const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
try {
  process.stdout.write(`${PER_SECOND} requests a second, ${UNDER_WAY} under way\n`);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const kind of ['fixed', 'bandit'] as const) {
      const without = await measure(kind, false, join(directory, `${kind}-${round}-without`));
      const cost = await measure(kind, true, join(directory, `${kind}-${round}`));
      const [main, others] = [cost.main - without.main, cost.others - without.others];
      process.stdout.write(
        `${kind}: main thread ${main.toFixed(1)} us, other threads ${others.toFixed(1)} us a request (without the log: ${without.main.toFixed(1)} and ${without.others.toFixed(1)}); ${cost.fullCollections.toFixed(1)} full collections a second (${without.fullCollections.toFixed(1)})\n`,
      );
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
