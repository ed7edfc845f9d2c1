// npm run bench:soak: half an hour of mixed load at half of the capacity. Does memory stay flat, is nothing lost?
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../overhead/build.ts';
import { createPinning, machineLine } from '../overhead/machine.ts';
import { checkLine } from '../support/check.ts';
import { numberOption } from '../support/number-option.ts';
import { timeChart } from '../support/time-chart.ts';
import { judgeSoak, type Sample } from './goals.ts';
import { FEEDBACK_SHARE, MIXTURE } from './requests.ts';
import { runSoak } from './run.ts';

const USAGE = `npm run bench:soak -- [options]

  --minutes N          how long (default 30; below 15 memory is not judged)
  --rate R             requests a second (default: half of the capacity that a look of 13 s finds)
  --retention-mib N    SLUICE_RETENTION_MIB of the gateway (default 64): the log is a mapped file and counts as
                       resident memory, so it has to stop growing before memory can be judged
  --narrow-heap        without the room for the heap of docs/adr/0014-room-for-the-heap.md
  --out DIR            where soak.json and soak.svg go (default bench/results; under 15 minutes written only if given)

Exits 1 when a goal is missed.`;

const LEAST_MINUTES = 15;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string' },
    'retention-mib': { type: 'string', default: '64' },
    'narrow-heap': { type: 'boolean', default: false },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const minutes = numberOption('minutes', values.minutes, 0.5);
const retentionMiB = Math.round(numberOption('retention-mib', values['retention-mib'], 1));
const given = values.rate === undefined ? undefined : numberOption('rate', values.rate, 1);
const pinning = createPinning();
const about = [
  machineLine(),
  `${pinning.note}; load average before ${(loadavg()[0] ?? 0).toFixed(2)}`,
  `mixture: ${MIXTURE.map(({ name, share }) => `${(100 * share).toFixed(0)} % ${name}`).join(', ')}; feedback on ${100 * FEEDBACK_SHARE} % of the plain answers of the full way`,
];
console.log(about.join('\n'));
console.error('compiling ...');
const built = await build((text) => console.error(text));
const run = await runSoak({
  built,
  pinning,
  seconds: minutes * 60,
  perSecond: given,
  retentionMiB,
  nodeFlags: values['narrow-heap'] ? ['--heap-growing-percent=0'] : [],
  progress: (line) => console.error(line),
});
const { checks, memory, notes } = judgeSoak(run.samples, run.totals, minutes * 60);
const passed = checks.every(({ ok }) => ok);
const found = run.capacityPerSecond === undefined ? '' : `, half of ${run.capacityPerSecond.toFixed(0)}`;
console.log(`\n${run.perSecond} requests/s${found}, for ${minutes} minutes`);
for (const { what, slopeMiBPer10Min, earlyMiB, lateMiB } of memory) {
  console.log(
    `${what}: ${earlyMiB.toFixed(1)} -> ${lateMiB.toFixed(1)} MiB, robust slope ${slopeMiBPer10Min.toFixed(2)} MiB in 10 minutes`,
  );
}
console.log(`\n${checks.map(checkLine).join('\n')}`);
for (const note of notes) console.log(`NOTE  ${note}`);
if (run.whys.length > 0) console.log(`\nerrors, the first:\n${[...new Set(run.whys)].join('\n')}`);
if (run.totals.exitCode !== 0) console.log(`\nthe gateway printed, at last:\n${run.printed}`);

const out = values.out ?? (minutes >= LEAST_MINUTES ? join(import.meta.dirname, '..', 'results') : undefined);
if (out !== undefined) {
  mkdirSync(out, { recursive: true });
  const settings = { minutes, retentionMiB, rate: given, narrowHeap: values['narrow-heap'] };
  // What the gateway printed says where it ran: told above where it matters.
  const { samples, printed: _printed, ...rest } = run;
  const result = { about, passed, checks, notes, memory, settings, ...rest, samples };
  writeFileSync(join(out, 'soak.json'), `${JSON.stringify(result, rounded, 1)}\n`);
  writeFileSync(join(out, 'soak.svg'), chart(samples, `${minutes} minutes at ${run.perSecond} requests/s${found}`));
  console.log(`written: ${join(out, 'soak.json')}, soak.svg`);
}
process.exit(passed ? 0 : 1);

function chart(samples: readonly Sample[], title: string): string {
  const line = (label: string, valueOf: (sample: Sample) => number) => ({ label, values: samples.map(valueOf) });
  return timeChart({
    title,
    at: samples.map(({ atSeconds }) => atSeconds),
    panels: [
      {
        title: 'memory, MiB',
        lines: [
          line('resident', ({ rssMiB }) => rssMiB),
          line('without mapped files', ({ anonymousMiB }) => anonymousMiB),
          line('JavaScript heap', ({ heapMiB }) => heapMiB),
        ],
      },
      {
        title: 'latency, ms',
        lines: [line('p50', ({ p50Ms }) => p50Ms), line('p99', ({ p99Ms }) => p99Ms)],
      },
      { title: 'event loop late, p99 of 10 s, ms', lines: [line('p99', ({ loopP99Ms }) => loopP99Ms)], goal: 10 },
      { title: 'answered/s', lines: [line('requests', ({ completedPerSecond }) => completedPerSecond)] },
      {
        title: 'processor time over wall time',
        lines: [line('gateway', ({ busy }) => busy), line('ready, but without a core', ({ waited }) => waited)],
      },
      { title: 'decision log on disk, MiB', lines: [line('data.mdb', ({ logMiB }) => logMiB)] },
    ],
  });
}

/** Six significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
