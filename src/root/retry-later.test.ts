// Retries in the background, by a clock that moves when the test says so.
import { expect, it } from 'vitest';
import { manualAfter } from '../embedding/fixtures/manual-after.ts';
import { retryLater } from './retry-later.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(answers: readonly (string | undefined | Error)[]) {
  const { after, advance, pending } = manualAfter();
  const found: string[] = [];
  let attempts = 0;
  const stop = retryLater(
    () => {
      const answer = answers[attempts++];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    (value) => found.push(value),
    after,
  );
  const pass = async (ms: number): Promise<number> => {
    advance(ms);
    await settle();
    return attempts;
  };
  return { pass, stop, found, pending };
}

it('waits twice as long each time, and stops when it has what it wanted', async () => {
  const { pass, found, pending } = setUp([undefined, new Error('gone'), 'there']);
  expect(await pass(4_999)).toBe(0);
  expect(await pass(1)).toBe(1);
  expect(await pass(9_999)).toBe(1);
  expect(await pass(1)).toBe(2);
  expect(await pass(20_000)).toBe(3);
  expect([found, pending()]).toEqual([['there'], 0]);
});

it('never waits longer than five minutes', async () => {
  const { pass } = setUp([]);
  for (const ms of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000]) await pass(ms);
  expect(await pass(300_000)).toBe(7);
  expect(await pass(300_000)).toBe(8);
});

it('gives up when it is told to, also while an attempt is under way', async () => {
  const idle = setUp(['there']);
  idle.stop();
  expect([await idle.pass(60_000), idle.pending()]).toEqual([0, 0]);

  let answer = (_value: string): void => undefined;
  const { after, advance } = manualAfter();
  const found: string[] = [];
  const stop = retryLater(
    () => new Promise<string>((resolve) => (answer = resolve)),
    (value) => found.push(value),
    after,
  );
  advance(5_000);
  stop();
  answer('too late');
  await settle();
  expect(found).toEqual([]);
});
