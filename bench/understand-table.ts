// What the wordpiece table is worth: a linear classifier on its vectors, alone and beside hashed n-grams, next to another table.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadWordpieceTable, openWordpieceTable } from '../src/embedding/index.ts';
import { readReferenceTable } from './train/reference-table.ts';
import { type Dense, judge } from './train/table-judge.ts';
import { loadTasks } from './train/table-tasks.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    /** A table of its own, in place of the one that comes with Sluice. */
    table: { type: 'string' },
    /** A folder with table.i8, vocab.txt, weights.f32 and meta.json; read in place. */
    reference: { type: 'string' },
    task: { type: 'string' },
  },
});

const table = options.table === undefined ? loadWordpieceTable() : loadWordpieceTable(options.table);
const reference =
  options.reference === undefined ? undefined : openWordpieceTable(readReferenceTable(options.reference));
const tables: readonly { readonly name: string; readonly dense: Dense }[] = [
  { name: table.fingerprint, dense: table.read },
  { name: `${table.fingerprint}, first 64 columns`, dense: firstColumns(table.read, 64) },
  ...(reference === undefined
    ? []
    : [{ name: `reference ${options.reference?.split('/').at(-1) ?? ''}`, dense: reference.read }]),
];

interface Row {
  readonly task: string;
  readonly test: number;
  readonly table: string;
  readonly alone: number;
  readonly withHashed: number;
  /** Of one accuracy. */
  readonly standardError: number;
}

const rows: Row[] = [];
for (const task of loadTasks(options.data)) {
  if (options.task !== undefined && options.task !== task.name) continue;
  for (const { name, dense } of tables) {
    const [alone, withHashed] = [judge(task, dense, 'alone'), judge(task, dense, 'hashed')];
    const standardError = Math.sqrt((alone * (1 - alone)) / task.test.length);
    const rounded = [alone, withHashed, standardError].map((value) => Number(value.toFixed(4)));
    const [a = 0, b = 0, c = 0] = rounded;
    rows.push({ task: task.name, test: task.test.length, table: name, alone: a, withHashed: b, standardError: c });
    console.log(rows.at(-1));
  }
}

console.table(rows);
if (options.task === undefined && options.table === undefined) {
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, 'understand-table.json'),
    `${JSON.stringify({ table: table.fingerprint, rows }, null, 2)}\n`,
  );
}

/** A table's columns fall in what they say: its first ones are a table too. */
function firstColumns(read: Dense, columns: number): Dense {
  return (text) => {
    const cut = read(text).slice(0, columns);
    const norm = Math.hypot(...cut) || 1;
    return cut.map((value) => value / norm);
  };
}
