// The soak's goals: a flat run passes, each kind of trouble fails its own.
import { expect, it } from 'vitest';
import { judgeSoak, memoryOf, windowsOf, type Sample, type Totals } from './goals.ts';

const MINUTES = 30;

function samples(more: (seconds: number) => Partial<Sample> = () => ({})): readonly Sample[] {
  return Array.from({ length: MINUTES * 6 }, (_, i): Sample => {
    const atSeconds = (i + 1) * 10;
    return {
      atSeconds,
      rssMiB: 200 + (i % 5) - 2,
      anonymousMiB: 150,
      heapMiB: 40,
      loopP99Ms: 3,
      loopMostMs: 9,
      busy: 0.5,
      waited: 0,
      logMiB: 64,
      openDecisions: 3,
      completedPerSecond: 500,
      errors: 0,
      p50Ms: 1,
      p99Ms: 5,
      ...more(atSeconds),
    };
  });
}

const TOTALS: Totals = {
  sent: 1000,
  completed: 1000,
  errors: 0,
  counted: 1000,
  countedOtherwise: 0,
  openDecisions: 0,
  inFlight: 0,
  storeFailures: 0,
  feedbackSent: 20,
  rewards: 20,
  logged: 700,
  loggedOpen: 0,
  exitCode: 0,
};

const failedOf = (seen: readonly Sample[], totals: Partial<Totals> = {}): readonly string[] =>
  judgeSoak(seen, { ...TOTALS, ...totals }, MINUTES * 60)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

it('lets a flat run pass, whatever the first five minutes were', () => {
  expect(failedOf(samples())).toEqual([]);
  expect(failedOf(samples((at) => (at < 300 ? { rssMiB: at, loopP99Ms: 50 } : {})))).toEqual([]);
});

it('sees a slow leak: 1.2 MiB in 10 minutes', () => {
  expect(failedOf(samples((at) => ({ rssMiB: 200 + (1.2 * at) / 600 })))).toEqual(['resident memory grows slowly']);
});

it('sees a step that no slope shows', () => {
  const failed = failedOf(samples((at) => ({ rssMiB: at > 1450 ? 230 : 200 })));
  expect(failed).toContain('resident memory at the end as at the start');
});

it('forgives the event loop one sample in twenty, not one in ten', () => {
  expect(failedOf(samples((at) => (at % 300 === 0 ? { loopP99Ms: 40 } : {})))).toEqual([]);
  expect(failedOf(samples((at) => (at % 100 === 0 ? { loopP99Ms: 40 } : {})))).toEqual(['event loop']);
});

it('says what the event loop was like while the gateway had its core', () => {
  const notesOf = (seen: readonly Sample[]): string => judgeSoak(seen, TOTALS, MINUTES * 60).notes.join();
  const busy = samples((at) => (at % 100 === 0 ? { loopP99Ms: 40, waited: 0.3 } : {}));
  expect(failedOf(busy)).toEqual(['event loop']);
  expect(notesOf(busy)).toContain('worst p99 is 3.0 ms');
  expect(notesOf(samples(() => ({ waited: 0.3 })))).toContain('in all 151 samples');
});

it.each<[string, Partial<Totals>]>([
  ['no errors', { errors: 1, completed: 999, counted: 999 }],
  ['no errors', { countedOtherwise: 1 }],
  ['nothing lost', { completed: 999 }],
  ['nothing lost', { counted: 999 }],
  ['nothing lost', { openDecisions: 1 }],
  ['the log is whole', { loggedOpen: 1 }],
  ['the log is whole', { storeFailures: 1 }],
  ['the log is whole', { logged: 0 }],
  ['feedback learnt', { rewards: 19 }],
  ['the gateway ends with 0', { exitCode: null }],
])('fails "%s" of %j', (name, totals) => {
  expect(failedOf(samples(), totals)).toEqual([name]);
});

it('does not judge memory in a short look, and says so', () => {
  const seen = samples((at) => ({ rssMiB: 100 + at })).filter(({ atSeconds }) => atSeconds <= 180);
  const { checks, notes } = judgeSoak(seen, TOTALS, 180);
  expect(checks.every(({ ok }) => ok)).toBe(true);
  expect(notes.join()).toContain('too short');
  expect(windowsOf(180)).toEqual({ settleSeconds: 60, windowSeconds: 60, whole: false });
  const memory = memoryOf('x', seen, ({ rssMiB }) => rssMiB, windowsOf(180));
  expect(memory.slopeMiBPer10Min).toBeCloseTo(600);
});
