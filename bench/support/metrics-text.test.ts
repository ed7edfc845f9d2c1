// Numbers out of a Prometheus page: sums by label, the highest, escapes.
import { expect, it } from 'vitest';
import { parseMetrics } from './metrics-text.ts';

const PAGE = parseMetrics(`# HELP a_total some
# TYPE a_total counter
a_total{pool="x",endpoint="http://h:1/v1"} 3
a_total{pool="x",endpoint="http://h:2/v1"} 4.5
a_total{pool="say \\"y\\"",endpoint="z"} 1
b 7
b_inf{le="+Inf"} 1e3
`);

it('sums the series that have the labels', () => {
  expect(PAGE.sum('a_total')).toBe(8.5);
  expect(PAGE.sum('a_total', { pool: 'x' })).toBe(7.5);
  expect(PAGE.sum('a_total', { pool: 'say "y"' })).toBe(1);
  expect(PAGE.sum('b')).toBe(7);
  expect(PAGE.sum('b_inf')).toBe(1000);
  expect(PAGE.sum('nothing')).toBe(0);
});

it('finds the highest, and says when there is none', () => {
  expect(PAGE.highest('a_total')).toBe(4.5);
  expect(PAGE.highest('a_total', { endpoint: 'q' })).toBeNaN();
});
