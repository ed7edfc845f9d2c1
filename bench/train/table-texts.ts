// The unlabelled texts that the wordpiece table is fitted on, as JSON lines for `sluice distill`: npx tsx bench/train/table-texts.ts --data DIR --out FILE.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: 'table-texts.jsonl' },
  },
});

type Row = Readonly<Record<string, unknown>>;

/** Training folds alone, and nothing of MMLU: on its questions the shift of domains is measured. banking77 and Arena-Hard are left out as a whole. */
const SOURCES: readonly { readonly file: string; readonly key: string; readonly keep: (row: Row) => boolean }[] = [
  {
    file: 'mmlu_pro/queries.jsonl.gz',
    key: 'prompt',
    keep: (row) => isTraining(row) && !String(row['src']).startsWith('ori_mmlu'),
  },
  { file: 'llmrouter14/queries.jsonl.gz', key: 'prompt', keep: (row) => isTraining(row) && row['category'] !== 'mmlu' },
  { file: 'zeroeval/queries.jsonl.gz', key: 'prompt', keep: isTraining },
  { file: 'prompts/clinc150.jsonl.gz', key: 'text', keep: ({ split }) => split === 'train' || split === 'oos_train' },
];

const lines = SOURCES.flatMap(({ file, key, keep }) => {
  const texts = gunzipSync(readFileSync(join(options.data, file)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  const kept = texts.map((line): Row => JSON.parse(line)).filter(keep);
  console.log(`${file}: ${kept.length} texts`);
  return kept.map((row) => JSON.stringify({ text: row[key] }));
});
writeFileSync(options.out, `${lines.join('\n')}\n`);
console.log(`${lines.length} texts to ${options.out}`);

function isTraining({ fold }: Row): boolean {
  return typeof fold === 'number' && fold < 7;
}
