// Runs the gateway at saturation under node's own profiler and says where the time goes.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { nowUs } from './event-mark.ts';
import { flameGraph } from './flame.ts';
import type { Generators } from './generators.ts';
import { cpuSecondsByThread } from './proc.ts';
import { summariseTree, toTree, type CpuProfile, type ProfileSummary } from './profile-summary.ts';
import { startSubject, type Workshop } from './subjects.ts';
import { LABELS, type Cell } from './types.ts';
import { unbundle } from './unbundle.ts';

const WARM_UP_MS = 4_000;
const WINDOW_MS = 8_000;
const INTERVAL_US = 250;
const FUNCTIONS = 15;

export interface Profiled {
  readonly text: string;
  readonly result: object;
  readonly flame: string;
}

export async function profileGateway(
  name: 'fixed' | 'full',
  cell: Cell,
  shop: Workshop,
  generators: Generators,
): Promise<Profiled> {
  const folder = join(shop.built.directory, 'profile');
  mkdirSync(folder, { recursive: true });
  const nodeArgs = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(INTERVAL_US)];
  const subject = await startSubject(name, shop, { nodeArgs });
  const { port, pid } = subject;
  await generators.closedLoop({ ...cell, port, pid, warmUpMs: 0, windowMs: WARM_UP_MS });
  const fromUs = nowUs();
  const threadsBefore = cpuSecondsByThread(pid ?? 0);
  const window = await generators.closedLoop({ ...cell, port, pid, warmUpMs: 0, windowMs: WINDOW_MS });
  const toUs = nowUs();
  const threads = threadTimes(pid ?? 0, threadsBefore);
  // The profile is written when the process ends.
  await subject.stop();
  const nodes = toTree(unbundle(readProfile(folder)), fromUs, toUs);
  const summary = summariseTree(nodes);
  const perSecond = window.requests / window.seconds;
  const title = `${LABELS[name]}, ${cell.id}: ${perSecond.toFixed(0)} requests/s under the profiler, ${window.errors} errors`;
  return {
    text: [title, ownerTable(summary), threads.text, functionTable(summary), totalTable(summary)].join('\n'),
    result: {
      subject: name,
      cell: cell.id,
      perSecond,
      errors: window.errors,
      threadSeconds: threads.seconds,
      ...summary,
      functions: summary.functions.slice(0, 100),
    },
    flame: flameGraph(nodes, title),
  };
}

/** The profile sees the main thread alone: what the others used (LMDB's writer, V8's collector and compiler) is told beside it. */
function threadTimes(pid: number, before: ReadonlyMap<number, number>) {
  const used = [...cpuSecondsByThread(pid)].map(([thread, now]) => [thread, now - (before.get(thread) ?? 0)] as const);
  const sum = (pick: (thread: number) => boolean): number =>
    used.reduce((total, [thread, seconds]) => total + (pick(thread) ? seconds : 0), 0);
  const seconds = { main: sum((thread) => thread === pid), others: sum((thread) => thread !== pid) };
  const ofAll = percent(seconds.others / Math.max(0.01, seconds.main + seconds.others));
  const most = used.flatMap(([thread, own]) => (thread === pid || own < 0.01 ? [] : [own])).toSorted((a, b) => b - a);
  const list = most.map((value) => value.toFixed(2)).join(', ');
  const text = `Processor seconds: main thread ${seconds.main.toFixed(2)}, other threads ${seconds.others.toFixed(2)} (${ofAll} %: ${list})`;
  return { seconds, text };
}

/** The main thread's: the largest. */
function readProfile(folder: string): CpuProfile {
  const [largest] = readdirSync(folder)
    .map((name) => join(folder, name))
    .toSorted((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error('the gateway wrote no profile: it did not end in time');
  return JSON.parse(readFileSync(largest, 'utf8')) as CpuProfile;
}

const percent = (share: number): string => (100 * share).toFixed(1);

function ownerTable({ owners, busySeconds, idleShare }: ProfileSummary): string {
  const table = new Table({
    head: ['whose', 'self %', 'charged %'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, name, self, charged } of owners) {
    if (Math.max(self, charged) < 0.002) continue;
    table.push([kind === 'room' || kind === 'package' ? `${kind} ${name}` : name, percent(self), percent(charged)]);
  }
  return `${table.toString()}\nOf ${busySeconds.toFixed(1)} busy seconds (idle: ${percent(idleShare)} % of the time). Charged: with the node internals and native code that it called.`;
}

function functionTable({ functions }: ProfileSummary): string {
  const table = new Table({
    head: [`top ${FUNCTIONS} by self time`, 'where', 'self %', 'with what it calls %'],
    colAligns: ['left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, where, self, total } of functions.slice(0, FUNCTIONS))
    table.push([name, where, percent(self), percent(total)]);
  return table.toString();
}

function totalTable({ functions }: ProfileSummary): string {
  const table = new Table({
    head: [`top ${FUNCTIONS} of the rooms by total time`, 'where', 'self %', 'with what it calls %'],
    colAligns: ['left', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const ours = functions.filter(({ kind }) => kind === 'room').toSorted((a, b) => b.total - a.total);
  for (const { name, where, self, total } of ours.slice(0, FUNCTIONS))
    table.push([name, where, percent(self), percent(total)]);
  return table.toString();
}
