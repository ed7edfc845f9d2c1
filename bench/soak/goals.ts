// What a soak must show: memory that stays flat, an event loop that is never long away, no error, nothing lost. Pure.
import { quantile } from '../overhead/statistics.ts';
import { check, type Check } from '../support/check.ts';
import { median, robustSlope } from './robust.ts';

/** One look at the gateway. */
export interface Sample {
  readonly atSeconds: number;
  /** Resident, and of that what is no file's (the decision log is a mapped file, whose pages the kernel takes back at will). */
  readonly rssMiB: number;
  readonly anonymousMiB: number;
  readonly heapMiB: number;
  /** Since the last sample. */
  readonly loopP99Ms: number;
  readonly loopMostMs: number;
  /** Processor time over wall time since the last sample. */
  readonly busy: number;
  /** Time that the gateway's main thread was ready to run and had no core, over wall time: what others on the machine took from it. */
  readonly waited: number;
  readonly logMiB: number;
  readonly openDecisions: number;
  readonly completedPerSecond: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Totals {
  readonly sent: number;
  readonly completed: number;
  readonly errors: number;
  /** As the gateway counts them. */
  readonly counted: number;
  readonly countedOtherwise: number;
  readonly openDecisions: number;
  readonly inFlight: number;
  readonly storeFailures: number;
  readonly feedbackSent: number;
  readonly rewards: number;
  /** Of the log: what retention has left of it. */
  readonly logged: number;
  readonly loggedOpen: number;
  readonly exitCode: number | null;
}

const SETTLE_S = 300;
const WINDOW_S = 300;
const MOST_SLOPE_MIB_PER_10_MIN = 1;
const MOST_DRIFT = 0.05;
const MOST_LOOP_P99_MS = 10;
/** One sample in twenty may be the machine's doing. */
const LOOP_SHARE = 0.95;

/** Below this share of the time without a core a sample's delays are the gateway's own. */
const MOST_WAITED = 0.05;

export interface Windows {
  readonly settleSeconds: number;
  readonly windowSeconds: number;
  /** False: too short to judge memory. */
  readonly whole: boolean;
}

/** The first 5 minutes settle, minutes 5 to 10 and the last 5 are compared; a short run is cut in thirds. */
export function windowsOf(seconds: number): Windows {
  const whole = seconds >= SETTLE_S + 2 * WINDOW_S;
  return {
    settleSeconds: whole ? SETTLE_S : seconds / 3,
    windowSeconds: whole ? WINDOW_S : seconds / 3,
    whole,
  };
}

export interface Memory {
  readonly what: string;
  readonly slopeMiBPer10Min: number;
  readonly earlyMiB: number;
  readonly lateMiB: number;
  /** (late - early) / early */
  readonly drift: number;
}

export function memoryOf(
  what: string,
  samples: readonly Sample[],
  valueOf: (sample: Sample) => number,
  { settleSeconds, windowSeconds }: Windows,
): Memory {
  const settled = samples.filter(({ atSeconds }) => atSeconds >= settleSeconds);
  const end = samples.at(-1)?.atSeconds ?? 0;
  const within = (from: number, to: number): number =>
    median(settled.filter(({ atSeconds }) => atSeconds >= from && atSeconds <= to).map(valueOf));
  const earlyMiB = within(settleSeconds, settleSeconds + windowSeconds);
  const lateMiB = within(end - windowSeconds, end);
  return {
    what,
    slopeMiBPer10Min: 600 * robustSlope(settled.map((sample) => ({ at: sample.atSeconds, value: valueOf(sample) }))),
    earlyMiB,
    lateMiB,
    drift: (lateMiB - earlyMiB) / earlyMiB,
  };
}

export interface Verdict {
  readonly memory: readonly Memory[];
  readonly checks: readonly Check[];
  /** What a short run cannot judge, and how much of the event loop's delay is the machine's. */
  readonly notes: readonly string[];
}

export function judgeSoak(samples: readonly Sample[], totals: Totals, seconds: number): Verdict {
  const windows = windowsOf(seconds);
  const resident = memoryOf('resident memory', samples, ({ rssMiB }) => rssMiB, windows);
  const anonymous = memoryOf('without mapped files', samples, ({ anonymousMiB }) => anonymousMiB, windows);
  const heap = memoryOf('JavaScript heap', samples, ({ heapMiB }) => heapMiB, windows);
  const flat = [
    check(
      'resident memory grows slowly',
      resident.slopeMiBPer10Min < MOST_SLOPE_MIB_PER_10_MIN,
      `${signed(resident.slopeMiBPer10Min)} MiB in 10 minutes, below ${MOST_SLOPE_MIB_PER_10_MIN}`,
    ),
    check(
      'resident memory at the end as at the start',
      Math.abs(resident.drift) <= MOST_DRIFT,
      `${resident.earlyMiB.toFixed(1)} -> ${resident.lateMiB.toFixed(1)} MiB (${signed(100 * resident.drift)} %), within ${100 * MOST_DRIFT} %`,
    ),
  ];
  const settled = samples.filter(({ atSeconds }) => atSeconds >= windows.settleSeconds);
  const p99s = settled.map(({ loopP99Ms }) => loopP99Ms).toSorted((a, b) => a - b);
  const undisturbed = settled.filter(({ waited }) => waited < MOST_WAITED);
  const loop = quantile(p99s, LOOP_SHARE);
  const { sent, completed, errors, counted, countedOtherwise, storeFailures } = totals;
  const checks = [
    ...(windows.whole ? flat : []),
    check(
      'event loop',
      loop < MOST_LOOP_P99_MS,
      `p99 of 10 s below ${loop.toFixed(1)} ms in ${100 * LOOP_SHARE} % of the samples (median ${median(p99s).toFixed(1)}, worst ${(p99s.at(-1) ?? Number.NaN).toFixed(1)}), goal ${MOST_LOOP_P99_MS}`,
    ),
    check(
      'no errors',
      errors === 0 && countedOtherwise === 0,
      `${errors} of ${sent} at the caller, ${countedOtherwise} in the metrics`,
    ),
    check(
      'nothing lost',
      sent === completed + errors && counted === completed && totals.openDecisions === 0 && totals.inFlight === 0,
      `${sent} sent, ${completed} completed at the caller, ${counted} in the metrics; ${totals.openDecisions} decisions open, ${totals.inFlight} requests in flight`,
    ),
    check(
      'the log is whole',
      storeFailures === 0 && totals.loggedOpen === 0 && totals.logged > 0 && totals.logged <= sent,
      `${totals.logged} decisions kept, ${totals.loggedOpen} of them without outcome, ${storeFailures} failed writes`,
    ),
    check(
      'feedback learnt',
      totals.rewards === totals.feedbackSent,
      `${totals.feedbackSent} sent, ${totals.rewards} learnt`,
    ),
    check('the gateway ends with 0', totals.exitCode === 0, `exit code ${totals.exitCode}`),
  ];
  const worstOwn = Math.max(...undisturbed.map(({ loopP99Ms }) => loopP99Ms));
  const own =
    undisturbed.length === 0
      ? `in all ${settled.length} samples the gateway had to wait for its core: the machine was at work on something else`
      : `in the ${undisturbed.length} of ${settled.length} samples in which the gateway had its core, the event loop's worst p99 is ${worstOwn.toFixed(1)} ms`;
  const notes = windows.whole
    ? [own]
    : [
        own,
        `too short to judge memory (15 minutes are the least): ${flat.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}`,
      ];
  return { memory: [resident, anonymous, heap], checks, notes };
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
}
