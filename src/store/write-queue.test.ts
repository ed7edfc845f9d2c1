// The queue by itself: batches, order, failures that are told once.
import { expect, it } from 'vitest';
import type { Write } from './codec.ts';
import { createWriteQueue } from './write-queue.ts';

interface Attempt {
  readonly places: readonly string[];
  succeed(): void;
  fail(): void;
}

/** A queue over a disk that answers when it is told to; `attempt()` waits for the next batch. */
function harness() {
  const attempts: Attempt[] = [];
  const waiting: ((attempt: Attempt) => void)[] = [];
  const errors: unknown[] = [];
  const queue = createWriteQueue(
    (writes) =>
      new Promise((resolve, reject) => {
        const attempt: Attempt = {
          places: writes.map(({ place }) => place),
          succeed: resolve,
          fail: () => reject(new Error('disk full')),
        };
        const waiter = waiting.shift();
        if (waiter === undefined) attempts.push(attempt);
        else waiter(attempt);
      }),
    (error) => errors.push(error),
  );
  const attempt = async (): Promise<Attempt> => attempts.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { queue, errors, attempt };
}

const write = (place: string): Write[] => [{ place, bytes: new Uint8Array() }];
const failed = { code: 'SLUICE_STORE_WRITE', message: 'the store could not write: disk full' };

it('writes one batch at a time, in call order, and gathers meanwhile', async () => {
  const { queue, attempt } = harness();
  queue.append(write('a'));
  queue.append(write('b'));
  const first = await attempt();
  expect(first.places).toEqual(['a', 'b']);
  queue.append(write('c'));
  const committed = queue.commit(write('d'));
  first.succeed();
  const second = await attempt();
  expect(second.places).toEqual(['c', 'd']);
  second.succeed();
  await committed;
});

it('holds a pending row until its own batch is done', async () => {
  const { queue, attempt } = harness();
  queue.append(write('a'));
  const first = await attempt();
  queue.append([{ place: 'a', bytes: undefined }]);
  first.succeed();
  const second = await attempt();
  expect(queue.pending('a')).toMatchObject({ bytes: undefined });
  const drained = queue.drained();
  second.succeed();
  await drained;
  expect(queue.pending('a')).toBeUndefined();
});

it('reports failed appends once per burst, and anew after a success', async () => {
  const { queue, attempt, errors } = harness();
  for (const outcome of ['fail', 'fail', 'succeed', 'fail'] as const) {
    queue.append(write('a'));
    const drained = queue.drained();
    (await attempt())[outcome]();
    if (outcome === 'succeed') await drained;
    else await expect(drained).rejects.toMatchObject(failed);
    expect(queue.pending('a')).toBeUndefined();
  }
  expect(errors).toEqual([expect.objectContaining(failed), expect.objectContaining(failed)]);
});

it('tells a failed commit to its caller alone, and writes on', async () => {
  const { queue, attempt, errors } = harness();
  const committed = queue.commit(write('a'));
  (await attempt()).fail();
  await expect(committed).rejects.toMatchObject(failed);
  expect(errors).toEqual([]);
  const again = queue.commit(write('a'));
  (await attempt()).succeed();
  await again;
});

it('drains what is being written and what is being gathered, and knows when either failed', async () => {
  for (const failing of [0, 1]) {
    const { queue, attempt } = harness();
    queue.append(write('a'));
    const first = await attempt();
    queue.append(write('b'));
    const drained = queue.drained();
    if (failing === 0) first.fail();
    else first.succeed();
    const second = await attempt();
    if (failing === 1) second.fail();
    else second.succeed();
    await expect(drained).rejects.toMatchObject(failed);
    await queue.drained();
  }
});
