// What Sluice has set itself, as multiples of the bare pass-through of the same run, and whether it was reached.
import type { Spread } from './statistics.ts';
import type { CellRow, StreamRow, Summary } from './summary.ts';
import { LABELS, type SubjectName } from './types.ts';

export interface Goal {
  readonly subject: SubjectName;
  readonly name: string;
  readonly bound: 'at most' | 'at least';
  readonly limit: number;
  readonly unit: string;
  /** undefined: not measured in this run. */
  readonly value: Spread | undefined;
  readonly verdict: 'PASS' | 'FAIL' | 'not measured';
}

const SATURATED = '2k-plain-64';
const SINGLE = '2k-plain-1';
const STREAMS = 1_000;
const READY_MS = 1_000;

/** [fixed route, full way]. */
const LIMITS = {
  cpuOfBare: [1.35, 2],
  capacityOfBare: [0.7, 0.5],
  p50OverBareMs: [0.06, 0.2],
  steadyP99OverBareMs: [2, 2],
  wholeP99OverBareMs: [8, 8],
  cpuPerEventOfBare: [1.25, 1.25],
  rssIdleMiB: [110, 130],
  rssAfterMiB: [190, 210],
} as const;

/** `streams`: how many there were; fewer than 1,000 are named as what they are. */
export function judgeGoals(summary: Summary, streams: number): readonly Goal[] {
  return (['fixed', 'full'] as const).flatMap((subject, at) => {
    const limit = (name: keyof typeof LIMITS): number => LIMITS[name][at] ?? Number.NaN;
    const cell = (id: string): CellRow | undefined =>
      summary.cells.find((row) => row.cell === id && row.subject === subject);
    const stream: StreamRow | undefined = summary.streams.find((row) => row.subject === subject);
    const start = summary.starts.find((row) => row.subject === subject && row.from === 'package');
    const lost = stream === undefined ? undefined : exactly(stream.lostStreams + stream.lostEvents);
    const of = `${(streams === 0 ? STREAMS : streams).toLocaleString('en')} streams${streams === STREAMS || streams === 0 ? '' : ` (the goal is of ${STREAMS})`}`;
    const most = (name: string, most: number, unit: string, value: Spread | undefined): Goal =>
      goal(subject, name, 'at most', most, unit, value);
    return [
      most('CPU per request, 2 KiB plain, 64 connections', limit('cpuOfBare'), 'x bare', cell(SATURATED)?.cpuOfBare),
      goal(
        subject,
        'capacity, 2 KiB plain, 64 connections',
        'at least',
        limit('capacityOfBare'),
        'x bare',
        cell(SATURATED)?.perSecondOfBare,
      ),
      most('p50 over bare, 2 KiB plain, 1 connection', limit('p50OverBareMs'), 'ms', cell(SINGLE)?.p50OverBareMs),
      most(`${of}: p99 delay over bare, steady`, limit('steadyP99OverBareMs'), 'ms', stream?.steadyP99OverBareMs),
      most(`${of}: p99 delay over bare, with ramp`, limit('wholeP99OverBareMs'), 'ms', stream?.wholeP99OverBareMs),
      most(`${of}: CPU per event`, limit('cpuPerEventOfBare'), 'x bare', stream?.cpuPerEventOfBare),
      most(`${of}: streams and events lost`, 0, '', lost),
      most('resident memory, idle', limit('rssIdleMiB'), 'MiB', start?.rssIdleMiB),
      most(`resident memory after ${of}`, limit('rssAfterMiB'), 'MiB', stream?.rssAfterMiB),
      most('start to ready, as published', READY_MS, 'ms', start?.readyMs),
    ];
  });
}

function exactly(value: number): Spread {
  return { median: value, least: value, most: value };
}

function goal(
  subject: SubjectName,
  name: string,
  bound: Goal['bound'],
  limit: number,
  unit: string,
  value: Spread | undefined,
): Goal {
  const met = value !== undefined && (bound === 'at most' ? value.median <= limit : value.median >= limit);
  return {
    subject,
    name,
    bound,
    limit,
    unit,
    value,
    verdict: value === undefined ? 'not measured' : met ? 'PASS' : 'FAIL',
  };
}

export function goalLine({ subject, name, bound, limit, unit, value, verdict }: Goal): string {
  const number = (x: number): string => (Math.abs(x) >= 100 ? x.toFixed(0) : x.toFixed(2)).replace(/\.00$/, '');
  const measured =
    value === undefined
      ? ''
      : `${number(value.median)}${value.least === value.most ? '' : ` (${number(value.least)} to ${number(value.most)})`}, `;
  return `${verdict.padEnd(4)}  ${LABELS[subject]}: ${name}: ${measured}${bound} ${number(limit)} ${unit}`.trimEnd();
}
