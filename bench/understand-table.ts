// What the wordpiece table is worth: a linear classifier on its vectors, alone and beside hashed n-grams, next to another table.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
    /** These alone; may be repeated. */
    task: { type: 'string', multiple: true },
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

const file = join(import.meta.dirname, 'results', 'understand-table.json');
const rows: Row[] = [];
for (const task of loadTasks(options.data)) {
  if (options.task !== undefined && !options.task.includes(task.name)) continue;
  for (const { name, dense } of tables) {
    const [alone, withHashed] = [judge(task, dense, 'alone'), judge(task, dense, 'hashed')];
    const standardError = Math.sqrt((alone * (1 - alone)) / task.test.length);
    const [a = 0, b = 0, c = 0] = [alone, withHashed, standardError].map((value) => Number(value.toFixed(4)));
    rows.push({ task: task.name, test: task.test.length, table: name, alone: a, withHashed: b, standardError: c });
    console.log(rows.at(-1));
  }
  if (options.table === undefined) keep(rows);
}
console.table(rows);

/** Beside what earlier runs of the same table have found for other tasks. */
function keep(found: readonly Row[]): void {
  const kept: { readonly table: string; readonly rows: readonly Row[] } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { table: '', rows: [] };
  const others = kept.table === table.fingerprint ? kept.rows : [];
  const left = others.filter(({ task }) => found.every((row) => row.task !== task));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ table: table.fingerprint, rows: [...left, ...found] }, null, 2)}\n`);
}

/** A table's columns fall in what they say: its first ones are a table too. */
function firstColumns(read: Dense, columns: number): Dense {
  return (text) => {
    const cut = read(text).slice(0, columns);
    const norm = Math.hypot(...cut) || 1;
    return cut.map((value) => value / norm);
  };
}
