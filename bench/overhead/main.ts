// npm run bench:overhead: what Sluice adds to a request, direct against routed in one run, beside the least that its stack can do.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createProgress } from '../support/progress.ts';
import { build } from './build.ts';
import { startGenerators, type Generators } from './generators.ts';
import { goalLine, judgeGoals } from './goals.ts';
import { setIdleCores } from './idle-cores.ts';
import { createPinning, machineLine, which } from './machine.ts';
import { measure, stepsOf } from './measure.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { profileGateway } from './profile.ts';
import type { Workshop } from './subjects.ts';
import { summarise } from './summary.ts';
import { tables } from './tables.ts';

/** Compiling has left a little of its own in the average over the last minute. */
const BUSY_LOAD = 1.5;
const RESULTS = join(import.meta.dirname, '..', 'results');

function options(): Options {
  try {
    const read = readOptions(process.argv.slice(2), which('nginx') !== undefined);
    if (read !== 'help') return read;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

async function run({ plan, out, whole }: Options, shop: Workshop, generators: Generators): Promise<boolean> {
  const loadBefore = loadavg()[0] ?? 0;
  const from = performance.now();
  const progress = createProgress({
    label: 'overhead',
    total: stepsOf(plan),
    out: process.stderr,
    now: () => performance.now(),
  });
  const samples = await measure(plan, shop, generators, (note) => progress.advance(note));
  progress.end();
  const wallSeconds = (performance.now() - from) / 1000;
  const summary = summarise(samples, plan.cells, plan.subjects);
  const goals = judgeGoals(summary, plan.streams);
  const errors = summary.cells.reduce((total, row) => total + row.errors, 0);
  console.log(tables(summary));
  console.log(EXPLANATION);
  console.log(`\n${goals.map(goalLine).join('\n')}`);
  if (errors > 0) console.log(`FAIL  ${errors} requests failed`);
  const passed = errors === 0 && goals.every(({ verdict }) => verdict !== 'FAIL');
  if (loadBefore > BUSY_LOAD) {
    const load = loadBefore.toFixed(1);
    console.log(
      `\nNOTE: the machine was at work on something else (load ${load} at the start): delays and capacity, and`,
    );
    console.log('what was judged by them, are not to be trusted either way; ratios of processor time suffer less.');
  }
  console.log(`\n${wallSeconds.toFixed(0)} s in all`);
  if (whole || out !== undefined) {
    const about = { ...aboutRun(shop, generators), loadBefore, wallSeconds, settings: plan };
    write(out, 'overhead.json', JSON.stringify({ about, passed, goals, ...summary, samples }, rounded, 1));
  }
  return passed;
}

const EXPLANATION = `Medians over repeats (least-most); +: against direct of the same repeat; x bare: against the bare pass-through of the same repeat.
busy: the subject's processor time over wall time, about 1 when it is what limits. Delay: receipt of an event minus the time it was due.`;

function aboutRun(shop: Workshop, generators: Generators) {
  const saturating = generators.saturating === 'wrk' ? 'wrk' : 'our own generator (wrk is not installed)';
  return {
    machine: machineLine(),
    pinning: shop.pinning.note,
    idleCores: idleCores.note,
    gateway: 'built, as published',
    generators: `64 connections: ${saturating}; 1 connection and streams: our own`,
    nginx: which('nginx') !== undefined,
  };
}

function write(out: string | undefined, name: string, text: string): void {
  const directory = out ?? RESULTS;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), `${text}\n`);
  console.log(`written: ${join(directory, name)}`);
}

/** Six significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

const chosen = options();
const pinning = createPinning();
const idleCores = setIdleCores(chosen.pollIdle);
process.on('exit', () => idleCores.restore());
process.on('SIGINT', () => process.exit(130));
console.error('compiling ...');
const built = await build((text) => console.error(text));
const generators = await startGenerators(built, pinning);
const shop: Workshop = { built, pinning, upstreamPort: generators.upstreamPort };
for (const [what, how] of Object.entries(aboutRun(shop, generators))) console.log(`${what}: ${how}`);
console.log(`load average before: ${(loadavg()[0] ?? 0).toFixed(2)}\n`);
if (chosen.profile) {
  const name = chosen.plan.subjects.includes('full') ? 'full' : 'fixed';
  const profile = await profileGateway(name, chosen.profiled, shop, generators);
  console.log(profile.text);
  write(
    chosen.out,
    `overhead-profile${name === 'full' ? '' : '-fixed'}.json`,
    JSON.stringify(profile.result, rounded, 1),
  );
  write(chosen.out, `overhead-flame${name === 'full' ? '' : '-fixed'}.svg`, profile.flame);
  process.exit(0);
}
// The upstream and the generator end with this process.
process.exit((await run(chosen, shop, generators)) ? 0 : 1);
