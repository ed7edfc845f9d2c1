// The parts around the run: data read once a prompt, a policy that the gateway takes, order by seed, progress and chart.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/config/index.ts';
import { learningCurve, type CurveReport } from './chart.ts';
import { loadDataSet } from './data-set.ts';
import { sendAll } from './exchange.ts';
import { policyText } from './gateway-process.ts';
import { createProgress } from '../support/progress.ts';
import { shuffled } from './seed-run.ts';
import type { Result, Row, Stretch } from './types.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-loop-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a data set', () => {
  const models = ['x/big', 'unused', 'small'].map((name) => ({ name, usd_per_1m_in: 1, usd_per_1m_out: 2 }));
  const meta = { name: 'tiny', models, pool_default: ['small', 'x/big'], cost_note: 'SYNTHETIC lengths' };
  const row = (id: string, fold: number, prompt: string, score: readonly (number | null)[]): string =>
    JSON.stringify({ id, fold, category: 'c', prompt, in_tok: 1, score, cost: [3, 2, 1] });
  const lines = [
    row('q0', 3, 'one', [1, 0, 0.5]),
    row('q1', 3, ' one\n', [0, 0, 0]),
    row('q2', 2, 'two', [1, 1, 1]),
    row('q3', 4, 'three', [null, 1, 1]),
    row('q4', 5, 'four', [1, null, 0]),
  ];
  writeFileSync(join(directory, 'meta.json'), JSON.stringify(meta));
  writeFileSync(join(directory, 'queries.jsonl.gz'), gzipSync(lines.join('\n')));
  const data = loadDataSet(directory, [3, 4, 5]);

  it('gives each distinct prompt of the folds once, aligned with the default pool', () => {
    expect(data.rows.map(({ id, score, costUsd }) => [id, score, costUsd])).toEqual([
      ['q0', [0.5, 1], [1, 3]],
      ['q4', [0, 1], [1, 3]],
    ]);
    expect([data.duplicates, data.incomplete, data.syntheticCost]).toEqual([1, 1, true]);
  });

  it('becomes a policy that compiles', async () => {
    const urls = new Map(data.arms.map(({ model }, i) => [model, `http://127.0.0.1:${9000 + i}/v1`]));
    const file = join(directory, 'policy.yaml');
    writeFileSync(file, policyText(data.arms, urls, 0));
    const compiled = await loadPolicy(file, []);
    expect(compiled.kind).toBe('plan');
    if (compiled.kind === 'plan') expect([...compiled.plan.pools.keys()]).toEqual(['small', 'x-big']);
  });
});

it('shuffles by the seed and loses nothing', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const order = shuffled(items, 7);
  expect(order).toEqual(shuffled(items, 7));
  expect(order).not.toEqual(shuffled(items, 8));
  expect(order.toSorted((a, b) => a - b)).toEqual(items);
});

describe('sendAll', () => {
  const rows = Array.from({ length: 500 }, (_, i): Row => {
    return { id: `q${i}`, fold: 3, category: 'c', prompt: `p${i}`, score: [1], costUsd: [0] };
  });

  it('sends every row once, in order, never more at once than asked for', async () => {
    const sent: string[] = [];
    let open = 0;
    let most = 0;
    const results = await sendAll(
      rows,
      8,
      async ({ id }) => {
        sent.push(id);
        most = Math.max(most, ++open);
        await Promise.resolve();
        open--;
        return { kind: 'lost', why: id } satisfies Result;
      },
      () => {},
    );
    // Stops when nothing works: 100 lost, and those under way then.
    expect(sent).toEqual(rows.slice(0, sent.length).map(({ id }) => id));
    expect(sent.length).toBeGreaterThanOrEqual(100);
    expect(sent.length).toBeLessThan(110);
    expect(most).toBe(8);
    expect(results.length).toBe(500);
    expect(results.at(-1)).toEqual({ kind: 'lost', why: 'not sent' });
  });
});

describe('progress', () => {
  const run = (isTTY: boolean): string[] => {
    const written: string[] = [];
    let now = 0;
    const out = { isTTY, write: (text: string) => written.push(text) };
    const progress = createProgress({ label: 'seed 1', total: 100, out, now: () => now });
    for (let i = 0; i < 100; i++) {
      now += 60;
      progress.advance('');
    }
    progress.end();
    return written;
  };

  it('writes a line every tenth where nothing can be redrawn', () => {
    const lines = run(false);
    expect(lines.length).toBe(10);
    expect(lines[4]).toContain('50/100  17/s  ETA 0:03');
    expect(lines[9]).toContain('100/100  17/s  took 0:06');
  });

  it('redraws one line on a terminal, at most ten times a second', () => {
    const lines = run(true);
    expect(lines.slice(0, -1).every((line) => line.startsWith('\r'))).toBe(true);
    expect(lines.length).toBeLessThan(60);
    expect(lines.at(-2)).toContain('100/100');
  });
});

it('draws axes, legend and a band, and no number that is none', () => {
  const means = {
    'best fixed': { score: 0.62, costUsd: 1 },
    cheapest: { score: 0.5, costUsd: 1 },
    random: { score: 0.43, costUsd: 1 },
  };
  const whole: Stretch = { from: 0, to: 300, rows: 300, means, regret: 0 };
  const report = (seed: number): CurveReport => {
    return { seed, whole, curve: [0.4, 0.5 + seed / 100, 0.6], curveAt: [100, 200, 300] };
  };
  const svg = learningCurve([report(1), report(2)], { title: 'a < b & "c"', window: 100, goal: 0.6 });
  for (const part of [
    'a &lt; b &amp; &quot;c&quot;',
    'best fixed model in hindsight 0.620',
    'mean score',
    'seeds 1, 2',
    'prefers-color-scheme: dark',
  ]) {
    expect(svg).toContain(part);
  }
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
