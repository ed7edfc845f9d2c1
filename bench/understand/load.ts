// What loading the classifier takes, the table with it: the first time in a process and later ones, and what stays in memory.
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadWordpieceTable } from '../../src/embedding/index.ts';
import { loadClassifier } from '../../src/workload/load-classifier.ts';

export interface Load {
  readonly what: string;
  /** Milliseconds, with code that was never run. */
  readonly firstMs: number;
  /** The least of nine. */
  readonly againMs: number;
  readonly retainedKiB: number;
}

/** The table first, so that the classifier's own share can be told: it holds a table of its own beside its weights. */
export async function measureLoad(): Promise<readonly Load[]> {
  return [
    await loadOf('wordpiece table', () => loadWordpieceTable()),
    await loadOf('classifier with its table', () => loadClassifier()),
  ];
}

async function loadOf(what: string, load: () => object): Promise<Load> {
  const timed = (): [number, object] => {
    const start = performance.now();
    const loaded = load();
    return [Number((performance.now() - start).toFixed(2)), loaded];
  };
  const before = await retainedBytes();
  const [firstMs, held] = timed();
  const retainedKiB = Math.round(((await retainedBytes()) - before) / 1_024);
  const againMs = Math.min(...Array.from({ length: 9 }, () => timed()[0]));
  // Held until it was measured.
  return Object.keys(held).length === 0
    ? { what, firstMs, againMs, retainedKiB: 0 }
    : { what, firstMs, againMs, retainedKiB };
}

/** Heap, and memory outside of it (WebAssembly's among it), after collections. */
async function retainedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // What is freed outside of the heap is counted only later.
  for (let i = 0; i < 3; i++) {
    collect();
    await delay(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
