// Write-behind with group commit: one batch is being written while the next gathers; appends nobody waits for gather a little longer.
import { reasonOf, storeErrors } from './errors.ts';
import type { Write } from './codec.ts';
import { createFailureReport } from './failure-report.ts';

/**
 * How long appends gather before they are written, if nobody waits for them: a transaction costs about as much CPU as a whole request, mostly
 * in the store's own thread. It is also the longest that a crash can lose, beside the batch under way.
 */
const GATHER_MS = 20;

interface Batch {
  readonly writes: Write[];
  /** Somebody waits: it is not to gather any longer. */
  urgent: boolean;
  /** Somebody appended: a failure has no caller to go to. */
  background: boolean;
  /** What went wrong, or undefined once it is on disk; never rejects, so nobody has to listen. */
  readonly written: Promise<Error | undefined>;
  readonly finish: (failure: Error | undefined) => void;
}

export interface Pending {
  /** Undefined: a removal. */
  readonly bytes: Uint8Array | undefined;
  /** SLUICE_STORE_WRITE, or undefined once it is on disk. */
  readonly written: Promise<Error | undefined>;
}

export interface WriteQueue {
  /** Into the next batch, in call order, all in one batch. A failure goes to `onError`, once until a batch succeeds again. */
  append(writes: readonly Write[]): void;
  /** Resolves when they are on disk, rejects with SLUICE_STORE_WRITE when none of them is. */
  commit(writes: readonly Write[]): Promise<void>;
  /** The last change of a place that is not on disk yet. */
  pending(place: string): Pending | undefined;
  /** Waits for everything queued so far; rejects with SLUICE_STORE_WRITE when some of it failed. */
  drained(): Promise<void>;
}

/** `writeBatch` must be atomic and durable when it resolves; it is called for one batch at a time. */
export function createWriteQueue(
  writeBatch: (writes: readonly Write[]) => Promise<void>,
  onError: (error: unknown) => void,
): WriteQueue {
  const pending = new Map<string, Pending>();
  let gathering = newBatch();
  let writing: Batch | undefined;
  let scheduled = false;
  let wake: (() => void) | undefined;
  const report = createFailureReport(onError);

  function enqueue(writes: readonly Write[], background: boolean): Batch {
    const batch = gathering;
    batch.background ||= background;
    if (!background) hurry(batch);
    for (const write of writes) {
      batch.writes.push(write);
      pending.set(write.place, { bytes: write.bytes, written: batch.written });
    }
    if (!scheduled && batch.writes.length > 0) {
      scheduled = true;
      // After the caller's synchronous stretch: what it appends in one go becomes one batch.
      queueMicrotask(() => void run());
    }
    return batch;
  }

  function hurry(batch: Batch): void {
    batch.urgent = true;
    wake?.();
  }

  function gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    while (gathering.writes.length > 0) {
      if (!gathering.urgent) await gather();
      wake = undefined;
      writing = gathering;
      gathering = newBatch();
      const failure = await attempt(writing);
      for (const { place } of writing.writes) {
        if (pending.get(place)?.written === writing.written) pending.delete(place);
      }
      writing.finish(failure);
    }
    writing = undefined;
    scheduled = false;
  }

  async function attempt(batch: Batch): Promise<Error | undefined> {
    try {
      await writeBatch(batch.writes);
      report.succeeded();
      return undefined;
    } catch (cause) {
      const failure = storeErrors.write.with({ cause }, reasonOf(cause));
      if (batch.background) report.failed(failure);
      return failure;
    }
  }

  return {
    append: (writes) => void enqueue(writes, true),
    commit: async (writes) => {
      if (writes.length > 0) throwIf(await enqueue(writes, false).written);
    },
    pending: (place) => pending.get(place),
    drained: async () => {
      if (gathering.writes.length > 0) hurry(gathering);
      const last = gathering.writes.length > 0 ? gathering.written : undefined;
      const failures = await Promise.all([writing?.written, last]);
      throwIf(failures.find((failure) => failure !== undefined));
    },
  };
}

function newBatch(): Batch {
  let resolveWritten: Batch['finish'] | undefined;
  const written = new Promise<Error | undefined>((resolve) => {
    resolveWritten = resolve;
  });
  return { writes: [], urgent: false, background: false, written, finish: (failure) => resolveWritten?.(failure) };
}

function throwIf(failure: Error | undefined): void {
  if (failure !== undefined) throw failure;
}
