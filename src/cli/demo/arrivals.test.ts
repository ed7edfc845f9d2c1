// The drawn traffic: repeatable, at the asked rates, and the same prompts whatever the other options.
import { expect, it } from 'vitest';
import { readDemoPrompts } from '../../sim/index.ts';
import { arrivals, type TrafficOptions } from './arrivals.ts';

const OPTIONS: TrafficOptions = {
  prompts: readDemoPrompts(),
  seconds: 100,
  perSecond: 50,
  feedbackRate: 0.8,
  controlEvery: 10,
  seed: 1,
};
const draw = (more: Partial<TrafficOptions> = {}) => [...arrivals({ ...OPTIONS, ...more })];

it('is the same for the same seed and another for another', () => {
  expect(draw()).toEqual(draw());
  expect(draw({ seed: 2 })[0]).not.toEqual(draw()[0]);
});

it('keeps rate, order, control share and feedback rate', () => {
  const all = draw();
  const routed = all.filter(({ group }) => group === 'routed');
  // 5,000 are expected, with a standard deviation of 71.
  expect(Math.abs(all.length - 5000)).toBeLessThan(300);
  expect(all.map(({ dueMs }) => dueMs)).toEqual(all.map(({ dueMs }) => dueMs).toSorted((a, b) => a - b));
  expect(all.at(-1)?.dueMs).toBeLessThan(100_000);
  expect(all.length - routed.length).toBe(Math.floor(all.length / 10));
  expect(routed.filter((one) => one.givesFeedback).length / routed.length).toBeCloseTo(0.8, 1);
  expect(all.some(({ group, givesFeedback }) => group === 'control' && givesFeedback)).toBe(false);
});

it('sends the same prompts at the same times whoever gives feedback or is of the control group', () => {
  const what = (more: Partial<TrafficOptions>) => draw(more).map(({ dueMs, prompt }) => [dueMs, prompt.id]);
  expect(what({ feedbackRate: 0.1, controlEvery: 0 })).toEqual(what({}));
});
