// What upstreams reported of input tokens outlives the process, and is not written when there is nothing new.
import { expect, it } from 'vitest';
import { createMemoryStore, type Store } from '../store/index.ts';
import { buildWorkload } from '../workload/index.ts';
import { openCalibration } from './kept-calibration.ts';

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'How many tokens are in this sentence?' }] };
const request = {
  operation: 'chat' as const,
  body,
  bytes: Buffer.from(JSON.stringify(body)),
  hints: { session: undefined, slo: undefined, tags: {} },
};
const workload = buildWorkload(request, undefined);

/** A store whose writes are counted, and fail while `broken`. */
function watched(home: Store) {
  const seen = { commits: 0, broken: false };
  const store: Store = {
    ...home,
    commit: (...args) => {
      seen.commits++;
      return seen.broken ? Promise.reject(new Error('the disk is full')) : home.commit(...args);
    },
  };
  return { store, seen };
}

it('keeps what it has learnt, and starts anew over what it cannot read', async () => {
  const store = createMemoryStore();
  const first = await openCalibration(store);
  const bare = first.calibration.inputTokens(workload, 'm');
  for (let i = 0; i < 200; i++) first.calibration.observe(workload, 'm', 2 * bare);
  const learnt = first.calibration.inputTokens(workload, 'm');
  expect(learnt).toBeGreaterThan(1.5 * bare);
  await first.save();
  expect((await openCalibration(store)).calibration.inputTokens(workload, 'm')).toBe(learnt);

  await store.commit([{ collection: 'calibration', key: 'tokens', value: { version: 0 } }]);
  expect((await openCalibration(store)).calibration.inputTokens(workload, 'm')).toBe(bare);
});

it('writes when there is something new, and what could not be written is written the next time', async () => {
  const { store, seen } = watched(createMemoryStore());
  const kept = await openCalibration(store);
  await kept.save();
  expect(seen.commits).toBe(0);
  kept.calibration.observe(workload, 'm', 10);
  await kept.save();
  await kept.save();
  expect(seen.commits).toBe(1);

  kept.calibration.observe(workload, 'm', 10);
  seen.broken = true;
  await expect(kept.save()).rejects.toThrow('the disk is full');
  seen.broken = false;
  await kept.save();
  expect(seen.commits).toBe(3);
  await kept.save();
  expect(seen.commits).toBe(3);
});
