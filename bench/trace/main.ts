// npm run bench:trace -- --data DIR: real prompts at the arrival times of a production trace, through a gateway whose model server dies and comes back.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { build } from '../overhead/build.ts';
import { machineLine } from '../overhead/machine.ts';
import { checkLine } from '../support/check.ts';
import { numberOption } from '../support/number-option.ts';
import { firstSeconds, parseTrace } from './arrivals.ts';
import { readPrompts } from './prompts.ts';
import { incompleteLines, limiting, numbersOf, numbersTable, traceChart } from './report.ts';
import { runTrace, specsOf } from './run.ts';
import { scheduleOf } from './schedule.ts';

const USAGE = `npm run bench:trace -- --data DIR [options]

  --data DIR        prompts: a data set folder (meta.json, queries.jsonl.gz; folds 0-6), or a file of {"text"} lines (.jsonl.gz)
  --trace FILE      arrivals: CSV packed with gzip (default DIR/../traces/azure_llm_2023_conv.csv.gz)
  --minutes N       how long (default 5)
  --speed X         the trace's time runs so many times as fast (default 1: some 5 requests/s)
  --time-scale X    real seconds per simulated second of the model servers (default 1; the answers' tokens are not sped up by --speed)
  --max-output N    longer answers are cut to so many tokens (default 600)
  --seed N          of the schedule (default 1)
  --out DIR         where trace.json and trace.svg go (default bench/results)

60 % are streams, 40 % have a session, half get feedback. Model servers: two of ${specsOf(['', ''])[0]?.profile} in one pool, one of
${specsOf(['', ''])[2]?.profile}; one of the two is killed at 40 % of the time and comes back on its port at 60 %. Exits 1 when a check fails.`;

const SHARES = { streamShare: 0.6, sessionShare: 0.4, feedbackShare: 0.5 };

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    trace: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    speed: { type: 'string', default: '1' },
    'time-scale': { type: 'string', default: '1' },
    'max-output': { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, '..', 'results') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.data === undefined) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

function read<T>(name: string, path: string, how: (path: string) => T): T {
  try {
    return how(path);
  } catch (error) {
    console.error(`--${name} ${path}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

const minutes = numberOption('minutes', values.minutes, 0.5);
const speed = numberOption('speed', values.speed, 0.01);
const timeScale = numberOption('time-scale', values['time-scale'], 0);
const seed = numberOption('seed', values.seed, 0);
const mostOutput = numberOption('max-output', values['max-output'], 1);
const prompts = read('data', values.data, readPrompts);
const traceFile = values.trace ?? join(values.data, '..', 'traces', 'azure_llm_2023_conv.csv.gz');
const trace = read('trace', traceFile, (path) => parseTrace(gunzipSync(readFileSync(path)).toString('utf8')));
const arrivals = firstSeconds(trace, minutes * 60, speed);
const schedule = scheduleOf(arrivals, prompts.prompts, { seed, mostOutput, ...SHARES });
const mean = (of: (one: (typeof schedule)[number]) => number): string =>
  (schedule.reduce((sum, one) => sum + of(one), 0) / schedule.length).toFixed(0);
const about = [
  `${schedule.length} requests in ${minutes} min (speed ${speed}): arrivals and lengths of ${traceFile.split('/').at(-1)}, prompts of ${prompts.name}`,
  `mean ${mean(({ inputTokens }) => inputTokens)} input tokens (the trace: ${(arrivals.reduce((sum, { inputTokens }) => sum + inputTokens, 0) / arrivals.length).toFixed(0)}), ${mean(({ outputTokens }) => outputTokens)} output tokens`,
  `model servers: ${specsOf(prompts.models)
    .map(({ name, model, profile }) => `${name} (${model}, ${profile})`)
    .join(', ')}, time scale ${timeScale}`,
  `scores posted as feedback: ${prompts.scored ? 'as recorded' : 'made up'}`,
  `${machineLine()}, load average before ${(loadavg()[0] ?? 0).toFixed(2)}`,
];
console.log(about.join('\n'));

console.error('compiling ...');
const built = await build((text) => console.error(text));
const tty = process.stderr.isTTY;
const run = await runTrace({
  sluice: built.sluice,
  models: prompts.models,
  schedule,
  seconds: minutes * 60,
  timeScale,
  progress: (line) => void process.stderr.write(tty ? `\r\u001b[2K${line}` : `${line}\n`),
});
if (tty) process.stderr.write('\n');

const numbers = numbersOf(run);
const passed = run.checks.every(({ ok }) => ok);
console.log(numbersTable(numbers));
const incomplete = incompleteLines(run);
if (incomplete.length > 0) console.log(`not answered whole:\n${incomplete.slice(0, 40).join('\n')}`);
console.log(`\n${run.checks.map(checkLine).join('\n')}`);
for (const name of limiting(numbers)) console.log(`NOTE  ${name} was nearly always at work: it may be what limited`);

mkdirSync(values.out, { recursive: true });
const { checks, seconds, observed, endpoints, killSeconds, drainMs, wallSeconds } = run;
const settings = { minutes, speed, timeScale, mostOutput, seed, ...SHARES };
const result = { about, passed, checks, settings, wallSeconds, drainMs, numbers, incomplete, killSeconds };
const lines = JSON.stringify({ ...result, endpoints, seconds, observed }, rounded, 1);
writeFileSync(join(values.out, 'trace.json'), `${lines}\n`);
const title = `${schedule.length} requests at the times of a production trace, ${speed}x`;
writeFileSync(join(values.out, 'trace.svg'), traceChart(run, title));
console.log(`written: ${join(values.out, 'trace.json')}, trace.svg`);
process.exit(passed ? 0 : 1);

/** Five significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
