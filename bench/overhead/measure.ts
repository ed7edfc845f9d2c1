// The repeats: in each of them every subject is started anew, and every window is taken for all of them before the next one.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generators } from './generators.ts';
import { EVENTS_PER_SECOND } from './pacer.ts';
import { rssMiB } from './proc.ts';
import { startSubject, type Subject, type Workshop } from './subjects.ts';
import type { Answering, Cell, Samples, StartSample, StreamSample, SubjectName, WindowSample } from './types.ts';

export interface Plan {
  readonly repeats: number;
  readonly subjects: readonly SubjectName[];
  readonly cells: readonly Cell[];
  /** Paced streams; 0: none. */
  readonly streams: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly rampMs: number;
  readonly eventsPerStream: number;
}

const IDLE_MS = 1_500;
const REST_MS = 300;
/** Before a kind of answer is measured, for every subject: a process that has hardly worked would be measured compiling itself, for some 10,000 requests. */
const WARM_UP = { connections: 64, bodyBytes: 2_048, warmUpMs: 0, windowMs: 5_000 } as const;

/** How many steps `measure` will report. */
export function stepsOf(plan: Plan): number {
  const { subjects } = plan;
  return plan.repeats * subjects.length * (1 + (plan.streams > 0 ? 1 : 0) + plan.cells.length);
}

export async function measure(
  plan: Plan,
  shop: Workshop,
  generators: Generators,
  step: (note: string) => void,
): Promise<Samples> {
  const windows: WindowSample[] = [];
  const streams: StreamSample[] = [];
  const starts: StartSample[] = [];
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    const subjects: Subject[] = [];
    try {
      for (const name of rotated(plan.subjects, repeat)) {
        subjects.push(await startSubject(name, shop));
        step(`repeat ${repeat + 1}: ${name} started`);
      }
      starts.push(...(await idleSamples(repeat, subjects)));
      if (plan.subjects.includes('full')) starts.push(await startFromCheckout(repeat, shop));
      if (plan.streams > 0) {
        for (const subject of subjects) {
          streams.push({ repeat, ...(await streamSample(plan, subject, generators)) });
          step(`repeat ${repeat + 1}: ${plan.streams} streams, ${subject.name}`);
        }
      }
      for (const answering of answeringsToWarm(plan)) {
        for (const subject of subjects) await generators.closedLoop({ ...WARM_UP, answering, ...targetOf(subject) });
      }
      for (const [at, cell] of plan.cells.entries()) {
        for (const subject of rotated(subjects, at)) {
          const { warmUpMs, windowMs } = plan;
          const window = await generators.closedLoop({ ...cell, warmUpMs, windowMs, ...targetOf(subject) });
          windows.push({ repeat, cell: cell.id, subject: subject.name, ...window });
          step(`repeat ${repeat + 1}: ${cell.id}, ${subject.name}`);
        }
      }
    } finally {
      for (const subject of subjects) await subject.stop();
    }
  }
  return { windows, streams, starts };
}

/** Streams have warmed up for those of the cells. */
function answeringsToWarm({ cells, streams }: Plan): ReadonlySet<Answering> {
  return new Set(cells.map(({ answering }) => answering).filter((answering) => answering !== 'sse' || streams === 0));
}

function targetOf({ name, port, pid }: Subject) {
  return { port, pid, unlaned: name === 'unlaned' };
}

async function idleSamples(repeat: number, subjects: readonly Subject[]): Promise<readonly StartSample[]> {
  await sleep(IDLE_MS);
  return subjects.flatMap(({ name: subject, pid, readyMs }): readonly StartSample[] => {
    return pid === undefined ? [] : [{ repeat, subject, from: 'package', readyMs, rssIdleMiB: rssMiB(pid) }];
  });
}

async function startFromCheckout(repeat: number, shop: Workshop): Promise<StartSample> {
  const subject = await startSubject('full', shop, { fromCheckout: true });
  await sleep(IDLE_MS);
  const rssIdleMiB = rssMiB(subject.pid ?? 0);
  await subject.stop();
  return { repeat, subject: 'full', from: 'checkout', readyMs: subject.readyMs, rssIdleMiB };
}

async function streamSample(
  plan: Plan,
  subject: Subject,
  generators: Generators,
): Promise<Omit<StreamSample, 'repeat'>> {
  const { name, port, pid } = subject;
  await generators.closedLoop({ ...WARM_UP, answering: 'sse', ...targetOf(subject) });
  await sleep(REST_MS);
  const run = await generators.streams({
    port,
    pid,
    streams: plan.streams,
    rampMs: plan.rampMs,
    events: plan.eventsPerStream,
    eventsPerSecond: EVENTS_PER_SECOND,
  });
  return { subject: name, ...run, rssAfterMiB: pid === undefined ? Number.NaN : rssMiB(pid) };
}

/** The order changes, so that no subject always comes after the same one. */
function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(1, items.length);
  return [...items.slice(at), ...items.slice(0, at)];
}
