// npm run bench:understand -- --data DIR: what the eyes see, how sure they may be of it, what it is worth for routing, and what it costs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOption } from '../support/number-option.ts';
import { reliabilityPlot } from './chart.ts';
import { verdicts } from './goals.ts';
import { type Part, type PartName, PARTS, type PartResult } from './types.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');
const USAGE = `npm run bench:understand -- [options]

  --data DIR       folder of the data sets (default ../shared/data)
  --only A,B       of ${PARTS.join(', ')} (default: all)
  --encoder DIR    an ONNX sentence encoder, for topics of one's own
  --reference DIR  another wordpiece table (table.i8, vocab.txt, weights.f32, meta.json), to be held against
  --out FILE       default bench/results/understand.json; the reliability plot goes beside it
  --seed N         of trainings and resamples (default 1)

Training folds are 0-6; all is measured on 7-9. Exits 1 when a goal is missed.`;

/** Imported when it is their turn: the first load of the classifier is one of the figures of the first. */
const LOADERS: Readonly<Record<PartName, () => Promise<Part>>> = {
  speed: async () => (await import('./speed.ts')).measureSpeed,
  heads: async () => (await import('./heads.ts')).measureHeads,
  recipe: async () => (await import('./recipe.ts')).measureRecipe,
  table: async () => (await import('./table.ts')).measureTable,
  semantic: async () => (await import('./semantic.ts')).measureSemantic,
  topics: async () => (await import('./topics.ts')).measureTopics,
};

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    only: { type: 'string' },
    encoder: { type: 'string' },
    reference: { type: 'string' },
    out: { type: 'string', default: join(RESULTS, 'understand.json') },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const seed = numberOption('seed', values.seed, 0);
const wanted = partsOf(values.only);

const results: Partial<Record<PartName, PartResult>> = {};
for (const part of wanted) {
  const result = await run(part);
  results[part] = result;
  for (const { title, rows } of result.tables) {
    console.log(`\n${title}`);
    console.table(rows);
  }
}
const goals = verdicts(results);
console.log('\nGoals');
console.table(goals.map(({ sense, limit, ...goal }) => ({ ...goal, goal: `${sense} ${limit}` })));

const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
const parts = Object.fromEntries(PARTS.map((part) => [part, results[part] ?? 'not run']));
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ machine, seed, goals, parts }, rounded, 1)}\n`);
const panels = Object.values(results).flatMap((result) => result.panels ?? []);
const plot = join(dirname(values.out), 'reliability.svg');
if (panels.length > 0) writeFileSync(plot, reliabilityPlot(panels, 'Reliability on the test folds'));
console.log(`written: ${values.out}${panels.length > 0 ? `, ${plot}` : ''}`);
process.exitCode = goals.some(({ verdict }) => verdict === 'FAIL') ? 1 : 0;

async function run(part: PartName): Promise<PartResult> {
  const measure = await LOADERS[part]();
  const { data, encoder, reference } = values;
  try {
    return await measure({ data, seed, encoder, reference, say: (line) => console.error(line) });
  } catch (error) {
    console.error(`${part}: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** Five significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

function partsOf(only: string | undefined): readonly PartName[] {
  const names = only?.split(',') ?? PARTS;
  const unknown = names.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) {
    console.error(`--only: ${unknown.join(', ')}: expected some of ${PARTS.join(', ')}`);
    process.exit(2);
  }
  return PARTS.filter((part) => names.includes(part));
}
