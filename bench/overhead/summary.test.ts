// Ratios are taken within a repeat, and goals are judged by their medians.
import { expect, test } from 'vitest';
import { goalLine, judgeGoals } from './goals.ts';
import { summarise } from './summary.ts';
import { tables } from './tables.ts';
import type { Cell, Samples, SubjectName } from './types.ts';

const cell: Cell = { id: '2k-plain-64', bodyBytes: 2_048, answering: 'plain', connections: 64 };

function window(repeat: number, subject: SubjectName, requests: number, cpuSeconds: number, p50Ms: number) {
  const seconds = 1;
  return {
    repeat,
    cell: cell.id,
    subject,
    requests,
    errors: 0,
    seconds,
    meanMs: p50Ms,
    p50Ms,
    p99Ms: 2 * p50Ms,
    cpuSeconds,
  };
}

// The machine is half as fast in the second repeat: no ratio may see that.
const samples: Samples = {
  windows: [
    window(0, 'direct', 30_000, 0, 1),
    window(0, 'bare', 10_000, 1, 3),
    window(0, 'fixed', 8_000, 1, 4),
    window(1, 'direct', 15_000, 0, 2),
    window(1, 'bare', 5_000, 1, 6),
    window(1, 'fixed', 4_000, 1, 8),
  ],
  streams: [],
  starts: [{ repeat: 0, subject: 'fixed', from: 'package', readyMs: 1_200, rssIdleMiB: 100 }],
};

test('against bare and direct of the same repeat', () => {
  const { cells } = summarise(samples, [cell], ['direct', 'bare', 'fixed']);
  const fixed = cells.find(({ subject }) => subject === 'fixed');
  expect(fixed?.perSecond).toEqual({ median: 6_000, least: 4_000, most: 8_000 });
  expect(fixed?.perSecondOfBare).toEqual({ median: 0.8, least: 0.8, most: 0.8 });
  expect(fixed?.cpuOfBare?.median).toBeCloseTo(1.25);
  expect(fixed?.addedP50Ms).toEqual({ median: 4.5, least: 3, most: 6 });
  expect(cells.find(({ subject }) => subject === 'direct')?.cpuMsPer1000).toBeUndefined();
});

test('goals pass, fail, or were not measured', () => {
  const goals = judgeGoals(summarise(samples, [cell], ['direct', 'bare', 'fixed']), 0);
  const verdict = (subject: SubjectName, name: string) =>
    goals.find((goal) => goal.subject === subject && goal.name.startsWith(name))?.verdict;
  expect(verdict('fixed', 'CPU per request')).toBe('PASS');
  expect(verdict('fixed', 'capacity')).toBe('PASS');
  expect(verdict('fixed', 'start to ready')).toBe('FAIL');
  expect(verdict('fixed', 'p50 over bare')).toBe('not measured');
  expect(verdict('full', 'CPU per request')).toBe('not measured');
  expect(goals.map(goalLine)).toContain(
    'FAIL  sluice, fixed route: start to ready, as published: 1200, at most 1000 ms',
  );
});

test('tables show what there is', () => {
  const text = tables(summarise(samples, [cell], ['direct', 'bare', 'fixed']));
  expect(text).toContain('6,000 (4,000-8,000)');
  expect(text).not.toContain('lost streams');
});
