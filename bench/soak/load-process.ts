// The load generator seen from outside: its process, what it is told, and the sums of what it reports.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pinning } from '../overhead/machine.ts';
import { startCommand } from '../support/child.ts';
import type { Command, LoadReport } from './load.ts';

const START_MS = 60_000;
const REPORT_MS = 30_000;
/** Errors of which the text is kept. */
const MOST_WHYS = 20;

export interface Load {
  tell(command: Command): void;
  report(): Promise<LoadReport>;
}

export async function startLoad(pinning: Pinning, port: number): Promise<Load> {
  const script = join(import.meta.dirname, 'load.ts');
  const child = startCommand(pinning.command('rest', [process.execPath, '--import', 'tsx', script, String(port)]));
  await child.line((line) => (line.includes('ready') ? true : undefined), START_MS);
  const waiting: ((report: LoadReport) => void)[] = [];
  child.onLine((line) => {
    if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line) as LoadReport);
    else console.error(line);
  });
  const tell = (command: Command): void => void child.process.stdin?.write(`${JSON.stringify(command)}\n`);
  return {
    tell,
    report: async () => {
      const report = new Promise<LoadReport>((resolve) => waiting.push(resolve));
      tell({ kind: 'report' });
      const late = sleep(REPORT_MS, undefined, { ref: false }).then(() => {
        throw new Error(`the load generator does not answer\n${child.tail()}`);
      });
      return Promise.race([report, late]);
    },
  };
}

export interface Sums {
  readonly total: { sent: number; completed: number; errors: number; feedbackSent: number; feedbackErrors: number };
  readonly whys: readonly string[];
  add(report: LoadReport): LoadReport;
}

export function createSums(): Sums {
  const total = { sent: 0, completed: 0, errors: 0, feedbackSent: 0, feedbackErrors: 0 };
  const whys: string[] = [];
  return {
    total,
    whys,
    add: (report) => {
      total.sent += report.sent;
      total.completed += report.completed;
      total.errors += report.errors;
      total.feedbackSent += report.feedbackSent;
      total.feedbackErrors += report.feedbackErrors;
      whys.push(...report.whys.slice(0, Math.max(0, MOST_WHYS - whys.length)));
      return report;
    },
  };
}
