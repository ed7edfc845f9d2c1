// Samples -> rows: each repeat is compared with direct and with bare of the same repeat, then the median over repeats is taken.
import { spread, type Spread } from './statistics.ts';
import type { Cell, Samples, StartSample, StreamSample, SubjectName, WindowSample } from './types.ts';

/** undefined: not measured, or nothing to compare with. */
export interface CellRow {
  readonly cell: string;
  readonly subject: SubjectName;
  readonly perSecond: Spread | undefined;
  readonly perSecondOfBare: Spread | undefined;
  readonly meanMs: Spread | undefined;
  readonly p50Ms: Spread | undefined;
  readonly p99Ms: Spread | undefined;
  /** Against direct. */
  readonly addedMeanMs: Spread | undefined;
  readonly addedP50Ms: Spread | undefined;
  readonly addedP99Ms: Spread | undefined;
  readonly p50OverBareMs: Spread | undefined;
  /** Milliseconds of processor time per 1,000 requests. */
  readonly cpuMsPer1000: Spread | undefined;
  readonly cpuOfBare: Spread | undefined;
  /** Processor time over wall time: under about .9 the subject was not what limited. */
  readonly busy: Spread | undefined;
  readonly errors: number;
}

export interface StreamRow {
  readonly subject: SubjectName;
  readonly steadyP50Ms: Spread | undefined;
  readonly steadyP99Ms: Spread | undefined;
  readonly wholeP99Ms: Spread | undefined;
  readonly rampP99Ms: Spread | undefined;
  readonly firstEventP99Ms: Spread | undefined;
  readonly addedSteadyP99Ms: Spread | undefined;
  readonly addedWholeP99Ms: Spread | undefined;
  readonly steadyP99OverBareMs: Spread | undefined;
  readonly wholeP99OverBareMs: Spread | undefined;
  readonly cpuUsPerEvent: Spread | undefined;
  readonly cpuPerEventOfBare: Spread | undefined;
  readonly rssAfterMiB: Spread | undefined;
  readonly lostStreams: number;
  readonly lostEvents: number;
}

export interface StartRow {
  readonly subject: SubjectName;
  readonly from: StartSample['from'];
  readonly readyMs: Spread | undefined;
  readonly rssIdleMiB: Spread | undefined;
}

export interface Summary {
  readonly cells: readonly CellRow[];
  readonly streams: readonly StreamRow[];
  readonly starts: readonly StartRow[];
}

export function summarise(samples: Samples, cells: readonly Cell[], subjects: readonly SubjectName[]): Summary {
  return {
    cells: cells.flatMap(({ id }) => {
      const ofCell = samples.windows.filter(({ cell }) => cell === id);
      return subjects.flatMap((subject) => cellRow(id, subject, ofCell) ?? []);
    }),
    streams: subjects.flatMap((subject) => streamRow(subject, samples.streams) ?? []),
    starts: (['package', 'checkout'] as const).flatMap((from) =>
      subjects.flatMap((subject) => startRow(subject, from, samples.starts) ?? []),
    ),
  };
}

interface OfRepeat {
  readonly repeat: number;
  readonly subject: SubjectName;
}

/** `against`: values of two subjects in the same repeat, made into one. */
function lens<S extends OfRepeat>(all: readonly S[], subject: SubjectName) {
  const mine = all.filter((sample) => sample.subject === subject);
  return {
    mine,
    own: (value: (sample: S) => number): Spread | undefined => spread(mine.map(value)),
    against: (
      other: SubjectName,
      value: (sample: S) => number,
      join: (mine: number, other: number) => number,
    ): Spread | undefined =>
      spread(
        mine.flatMap((sample) => {
          const beside = all.find(({ subject: name, repeat }) => name === other && repeat === sample.repeat);
          return beside === undefined ? [] : [join(value(sample), value(beside))];
        }),
      ),
  };
}

const minus = (a: number, b: number): number => a - b;
const over = (a: number, b: number): number => a / b;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function cellRow(cell: string, subject: SubjectName, windows: readonly WindowSample[]): CellRow | undefined {
  const { mine, own, against } = lens(windows, subject);
  if (mine.length === 0) return undefined;
  const perSecond = (w: WindowSample): number => w.requests / w.seconds;
  // Direct has no process: its 0 is no measurement.
  const cpu = (w: WindowSample): number => (w.cpuSeconds > 0 ? (1e6 * w.cpuSeconds) / w.requests : Number.NaN);
  const [meanMs, p50, p99] = [
    (w: WindowSample) => w.meanMs,
    (w: WindowSample) => w.p50Ms,
    (w: WindowSample) => w.p99Ms,
  ];
  return {
    cell,
    subject,
    perSecond: own(perSecond),
    perSecondOfBare: against('bare', perSecond, over),
    meanMs: own(meanMs),
    p50Ms: own(p50),
    p99Ms: own(p99),
    addedMeanMs: against('direct', meanMs, minus),
    addedP50Ms: against('direct', p50, minus),
    addedP99Ms: against('direct', p99, minus),
    p50OverBareMs: against('bare', p50, minus),
    cpuMsPer1000: own(cpu),
    cpuOfBare: against('bare', cpu, over),
    busy: own((w) => (w.cpuSeconds > 0 ? w.cpuSeconds / w.seconds : Number.NaN)),
    errors: sum(mine.map(({ errors }) => errors)),
  };
}

function streamRow(subject: SubjectName, runs: readonly StreamSample[]): StreamRow | undefined {
  const { mine, own, against } = lens(runs, subject);
  if (mine.length === 0) return undefined;
  const steady = (r: StreamSample): number => r.steadyP99Ms;
  const whole = (r: StreamSample): number => r.wholeP99Ms;
  const cpu = (r: StreamSample): number =>
    r.steadyCpuSeconds > 0 ? (1e6 * r.steadyCpuSeconds) / r.steadyEvents : Number.NaN;
  return {
    subject,
    steadyP50Ms: own((r) => r.steadyP50Ms),
    steadyP99Ms: own(steady),
    wholeP99Ms: own(whole),
    rampP99Ms: own((r) => r.rampP99Ms),
    firstEventP99Ms: own((r) => r.firstEventP99Ms),
    addedSteadyP99Ms: against('direct', steady, minus),
    addedWholeP99Ms: against('direct', whole, minus),
    steadyP99OverBareMs: against('bare', steady, minus),
    wholeP99OverBareMs: against('bare', whole, minus),
    cpuUsPerEvent: own(cpu),
    cpuPerEventOfBare: against('bare', cpu, over),
    rssAfterMiB: own((r) => r.rssAfterMiB),
    lostStreams: sum(mine.map(({ streams, completed }) => streams - completed)),
    lostEvents: sum(mine.map(({ lostEvents }) => lostEvents)),
  };
}

function startRow(
  subject: SubjectName,
  from: StartSample['from'],
  starts: readonly StartSample[],
): StartRow | undefined {
  const { mine, own } = lens(
    starts.filter((start) => start.from === from),
    subject,
  );
  if (mine.length === 0) return undefined;
  return { subject, from, readyMs: own((s) => s.readyMs), rssIdleMiB: own((s) => s.rssIdleMiB) };
}
