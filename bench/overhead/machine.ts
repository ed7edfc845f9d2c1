// What the machine has: programs on the PATH, cores to pin to.
import { accessSync, constants } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { delimiter, join } from 'node:path';

/** The program's full path, or undefined. */
export function which(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export type Place = 'subject' | 'rest';

export interface Pinning {
  readonly note: string;
  /** The command, kept to its place's core where the system allows. */
  command(place: Place, command: readonly string[]): readonly string[];
}

export function createPinning(): Pinning {
  const taskset = which('taskset');
  if (taskset === undefined || availableParallelism() < 2) {
    const why = taskset === undefined ? 'taskset is not installed' : 'there is one core';
    return { note: `NOT pinned to cores (${why}): expect more spread`, command: (_place, command) => command };
  }
  return {
    note: 'subject on core 1; upstream and load generator on core 0',
    command: (place, command) => [taskset, '-c', place === 'subject' ? '1' : '0', ...command],
  };
}

export function machineLine(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}`;
}
