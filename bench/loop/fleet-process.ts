// Starts and stops the simulated servers' process.
import { join } from 'node:path';
import { startChild } from '../support/child.ts';
import type { DataSet, FleetStats } from './types.ts';

const START_MS = 60_000;
const STOP_MS = 30_000;

export interface Fleet {
  /** By model. */
  readonly urls: ReadonlyMap<string, string>;
  /** Ends the process and says what each server counted. */
  stop(): Promise<readonly FleetStats[]>;
}

export async function startFleet(data: DataSet, seed: number, timeScale: number): Promise<Fleet> {
  const child = startChild([
    '--import',
    'tsx',
    join(import.meta.dirname, 'fleet.ts'),
    '--data',
    data.directory,
    '--models',
    JSON.stringify(data.arms.map((arm) => arm.model)),
    '--seed',
    String(seed),
    '--time-scale',
    String(timeScale),
  ]);
  const started = await child.line((line) => listOf<{ model: string; url: string }>(line, 'url'), START_MS);
  return {
    urls: new Map(started.map(({ model, url }) => [model, url])),
    stop: async () => {
      const stats = child.line((line) => listOf<FleetStats>(line, 'completed'), STOP_MS);
      child.process.stdin?.end();
      const counted = await stats;
      const code = await child.exited;
      if (code !== 0) throw new Error(`the simulated servers exited with ${code}\n${child.tail()}`);
      return counted;
    },
  };
}

/** A line that is a JSON list of objects with that key; other lines are somebody's warnings. */
function listOf<T extends object>(line: string, key: keyof T & string): readonly T[] | undefined {
  if (!line.startsWith('[{')) return undefined;
  const list: readonly T[] = JSON.parse(line);
  return list.every((item) => key in item) ? list : undefined;
}
