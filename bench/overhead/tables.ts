// What is printed: the grid, the streams, and the processes.
import Table from 'cli-table3';
import type { Spread } from './statistics.ts';
import type { CellRow, StartRow, StreamRow, Summary } from './summary.ts';
import { LABELS } from './types.ts';

type Format = (value: number) => string;

const whole: Format = (value) => Math.round(value).toLocaleString('en');
const thousandths: Format = (value) => value.toFixed(3);
const hundredths: Format = (value) => value.toFixed(2);
const tenths: Format = (value) => value.toFixed(1);

function median(value: Spread | undefined, format: Format): string {
  return value === undefined ? '' : format(value.median);
}

/** With the range over the repeats, where there is one. */
function ranged(value: Spread | undefined, format: Format): string {
  if (value === undefined) return '';
  const [least, most] = [format(value.least), format(value.most)];
  return least === most ? format(value.median) : `${format(value.median)} (${least}-${most})`;
}

function table(head: readonly string[], lines: readonly (readonly string[])[], labels: number): string {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i < labels ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const line of lines) drawn.push([...line]);
  return drawn.toString();
}

function cellTable(rows: readonly CellRow[]): string {
  const head = ['cell', 'subject', 'requests/s', 'x bare', 'mean ms', 'p50 ms', 'p99 ms', '+mean', '+p50', '+p99'];
  const lines = rows.map((row, i) => [
    rows[i - 1]?.cell === row.cell ? '' : row.cell,
    LABELS[row.subject],
    ranged(row.perSecond, whole),
    median(row.perSecondOfBare, hundredths),
    median(row.meanMs, thousandths),
    median(row.p50Ms, thousandths),
    median(row.p99Ms, thousandths),
    row.subject === 'direct' ? '' : median(row.addedMeanMs, thousandths),
    row.subject === 'direct' ? '' : ranged(row.addedP50Ms, thousandths),
    row.subject === 'direct' ? '' : median(row.addedP99Ms, thousandths),
    ranged(row.cpuMsPer1000, tenths),
    median(row.cpuOfBare, hundredths),
    median(row.busy, hundredths),
    row.errors === 0 ? '' : String(row.errors),
  ]);
  return table([...head, 'CPU ms/1,000', 'x bare', 'busy', 'errors'], lines, 2);
}

function streamTable(rows: readonly StreamRow[]): string {
  const lines = rows.map((row) => [
    LABELS[row.subject],
    median(row.steadyP50Ms, hundredths),
    ranged(row.steadyP99Ms, hundredths),
    ranged(row.wholeP99Ms, hundredths),
    row.subject === 'direct' ? '' : ranged(row.addedSteadyP99Ms, hundredths),
    row.subject === 'direct' ? '' : ranged(row.addedWholeP99Ms, hundredths),
    median(row.firstEventP99Ms, hundredths),
    ranged(row.cpuUsPerEvent, tenths),
    median(row.cpuPerEventOfBare, hundredths),
    `${row.lostStreams} / ${row.lostEvents}`,
  ]);
  const head = ['streams', 'delay p50 ms', 'p99 steady', 'p99 with ramp', '+p99 steady', '+p99 with ramp'];
  return table([...head, 'first event p99', 'CPU us/event', 'x bare', 'lost streams / events'], lines, 1);
}

function startTable(starts: readonly StartRow[], streams: readonly StreamRow[]): string {
  const lines = starts.map(({ subject, from, readyMs, rssIdleMiB }) => [
    LABELS[subject] + (from === 'checkout' ? ', from a checkout' : ''),
    ranged(readyMs, whole),
    ranged(rssIdleMiB, whole),
    from === 'checkout' ? '' : ranged(streams.find((row) => row.subject === subject)?.rssAfterMiB, whole),
  ]);
  return table(['process', 'start to ready ms', 'RSS idle MiB', 'RSS after streams MiB'], lines, 1);
}

export function tables(summary: Summary): string {
  const parts = [
    summary.cells.length > 0 ? cellTable(summary.cells) : '',
    summary.streams.length > 0 ? streamTable(summary.streams) : '',
    summary.starts.length > 0 ? startTable(summary.starts, summary.streams) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}
