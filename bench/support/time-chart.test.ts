// Axis marks and gaps of the time charts.
import { expect, it } from 'vitest';
import { ticks, timeChart } from './time-chart.ts';

it('marks an axis at round numbers', () => {
  expect(ticks(0, 300, 8)).toEqual([0, 50, 100, 150, 200, 250, 300]);
  expect(ticks(98, 104, 4)).toEqual([98, 100, 102, 104]);
  expect(ticks(0, 0.9, 4)).toEqual([0, 0.5]);
});

it('lifts the pen where nothing was seen, and escapes labels', () => {
  const svg = timeChart({
    title: 'a < b',
    at: [0, 1, 2, 3],
    panels: [{ title: 'p', lines: [{ label: 'x', values: [1, Number.NaN, 2, 3] }] }],
  });
  expect(svg).toContain('a &lt; b');
  const path = /class="line l0" d="(M[\d. ]+M[\d. ]+L[\d. ]+)"/.exec(svg)?.[1];
  expect(path).toBeDefined();
});
