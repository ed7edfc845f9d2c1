// The embedder's seat: who sits in it, and when who sat there is closed.
import { expect, it } from 'vitest';
import type { SentenceEmbedder } from '../embedding/index.ts';
import type { EncoderSpec, Plan } from '../policy/index.ts';
import { createEmbedderSeat } from './embedder-seat.ts';

const HTTP = { kind: 'http', url: 'http://127.0.0.1:9/v1', model: 'm', deadlineMs: 500 } as const;

function planWith(embedder: object, topics: readonly string[] = ['refunds']): Plan {
  const calls = topics.map((argument) => ({ function: 'similar', argument }));
  return { embedder, needs: { calls } } as unknown as Plan;
}

/** Engines that say when they are closed; `broken`: models that cannot be opened. */
function seat(broken: readonly string[] = []) {
  const opened: string[] = [];
  const closed: string[] = [];
  const timers = new Map<() => void, number>();
  const chair = createEmbedderSeat({
    open: async (spec: EncoderSpec) => {
      const name = spec.model;
      if (broken.includes(name)) throw new Error(`${name} is broken`);
      opened.push(name);
      return { kind: spec.kind, fingerprint: name, close: async () => void closed.push(name) } as SentenceEmbedder;
    },
    after: (ms, then) => {
      timers.set(then, ms);
      return () => timers.delete(then);
    },
  });
  const use = async (plan: Plan): Promise<void> => (await chair.prepare(plan)).swap();
  return { ...chair, use, opened, closed, timers };
}

it('opens what the plan says, and nothing for a plan that has no use for it', async () => {
  const { use, current, opened } = seat();
  await use(planWith(HTTP, []));
  expect([current(), opened]).toEqual([undefined, []]);
  await use(planWith(HTTP));
  expect(current()?.fingerprint).toBe('m');
});

it('keeps the one there is while its settings are the same', async () => {
  const { use, opened, closed, timers } = seat();
  await use(planWith(HTTP));
  await use(planWith({ ...HTTP }, ['refunds', 'delays']));
  expect([opened, closed, timers.size]).toEqual([['m'], [], 0]);
});

it('opens the next one before the one there is goes, which may be asked until its deadline', async () => {
  const { prepare, use, current, opened, closed, timers } = seat();
  await use(planWith(HTTP));
  const next = await prepare(planWith({ ...HTTP, model: 'n' }));
  expect([opened, current()?.fingerprint, next.embedder?.fingerprint]).toEqual([['m', 'n'], 'm', 'n']);
  next.swap();
  expect([current()?.fingerprint, closed, [...timers.values()]]).toEqual(['n', [], [500]]);
  for (const then of timers.keys()) then();
  expect(closed).toEqual(['m']);
});

it('is left when a plan has no more use for it', async () => {
  const { use, current, closed, timers } = seat();
  await use(planWith(HTTP));
  await use(planWith(HTTP, []));
  for (const then of timers.keys()) then();
  expect([current(), closed]).toEqual([undefined, ['m']]);
});

it('is not given up for one that cannot be opened', async () => {
  const { prepare, use, current, closed } = seat(['broken']);
  await use(planWith(HTTP));
  await expect(prepare(planWith({ ...HTTP, model: 'broken' }))).rejects.toThrow('broken is broken');
  expect([current()?.fingerprint, closed]).toEqual(['m', []]);
});

it('closes what was opened for a plan that cannot be served, and nothing else', async () => {
  const { prepare, use, current, closed } = seat();
  await use(planWith(HTTP));
  await (await prepare(planWith({ ...HTTP, model: 'n' }))).discard();
  await (await prepare(planWith(HTTP))).discard();
  expect([current()?.fingerprint, closed]).toEqual(['m', ['n']]);
});

it('closes everything at the end, those on their way out too', async () => {
  const { use, close, closed, timers } = seat();
  await use(planWith(HTTP));
  await use(planWith({ ...HTTP, model: 'n' }));
  await close();
  expect(closed.toSorted()).toEqual(['m', 'n']);
  expect(timers.size).toBe(0);
  await close();
  expect(closed).toHaveLength(2);
});
