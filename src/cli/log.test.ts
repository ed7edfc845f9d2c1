// sluice log: what its options leave out, how a decision is shown, and following a log that grows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newDecisionId } from '../base/index.ts';
import { openOn, outcome, record, say } from '../feedback/fixtures.ts';
import { openLmdbStore, type Store } from '../store/index.ts';
import { matches, parseAmount, parseTag, parseTime, type LogFilters } from './log-filter.ts';
import { logCommand } from './log.ts';

let directory = '';
let store: Store;
let printed: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  store = openLmdbStore({ directory });
  printed = [];
  const print = (text: unknown): void => void printed.push(String(text));
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

async function log(...args: string[]): Promise<readonly string[]> {
  printed = [];
  await logCommand().parseAsync(['--data-dir', directory, ...args], { from: 'user' });
  process.exitCode = undefined;
  return printed;
}

const decision = {
  ...record().decision,
  route: 'main',
  strategy: 'bandit',
  requestedModel: 'auto',
  reason: 'bandit: a',
  passedOver: [{ route: 'code', why: 'topic == "code" is false' }],
};
const known = record(undefined, {
  at: Date.UTC(2026, 0, 31),
  decision,
  workload: { topic: 'maths', session: 's1', tags: { team: 'x' } },
});
const end = outcome(known.id, { status: 200, costUsd: 0.5, e2eMs: 900, ttftMs: 80 });

describe('filters', () => {
  const one = { record: known, outcome: end, replica: 'r' };

  it.each<[LogFilters, LogFilters]>([
    [{ route: 'main' }, { route: 'other' }],
    [{ pool: 'a' }, { pool: 'b' }],
    [{ topic: 'maths' }, { topic: 'code' }],
    [{ finish: 'completed' }, { finish: 'open' }],
    [{ status: 200 }, { status: 500 }],
    [{ session: 's1' }, { session: 's2' }],
    [
      { tag: [['team', 'x']] },
      {
        tag: [
          ['team', 'x'],
          ['user', 'y'],
        ],
      },
    ],
    [{ minCost: 0.5 }, { minCost: 0.51 }],
    [{ slow: 900 }, { slow: 901 }],
  ])('%j takes it, %j does not', (takes, leaves) => {
    expect([matches(one, takes), matches(one, leaves)]).toEqual([true, false]);
  });

  it('of an open decision go by what was chosen', () => {
    expect(matches({ ...one, outcome: undefined }, { pool: 'a', finish: 'open' })).toBe(true);
  });

  it('read times, tags and amounts, and refuse what is none', () => {
    expect(parseTime('10m', 1_000_000)).toBe(400_000);
    expect(parseTime('2026-01-31T00:00Z')).toBe(known.at);
    expect(parseTag('a=b=c', [['x', 'y']])).toEqual([
      ['x', 'y'],
      ['a', 'b=c'],
    ]);
    for (const bad of [() => parseTime('soon'), () => parseTag('=x'), () => parseAmount('-1'), () => parseAmount('')]) {
      expect(bad).toThrow('expected');
    }
  });
});

const NOTHING = ['sluice: no decision to show'];

describe('shown', () => {
  it('as a line, as JSON with the replica, and explained', async () => {
    const { ledger, replica } = await openOn(store);
    ledger.open({ ...known, text: 'What is \u001b[31m2+2?' });
    ledger.close({ ...end, attempts: [] });
    await ledger.feedback(say(known.id, { score: 0.5, label: 'fine', rater: 'me' }));
    expect(await log()).toEqual([
      `2026-01-31T00:00:00.000Z  ${known.id}  main  a  completed 200  900ms  ttft 80ms  1+1tok  $0.500000  maths  rated 0.5`,
    ]);
    const [json = ''] = await log('--json');
    expect(JSON.parse(json)).toMatchObject({ id: known.id, replica: replica.id, outcome: { finish: 'completed' } });
    const [text = ''] = await log('--explain', known.id);
    for (const part of [
      'route code passed over',
      '* a: chosen with probability 0.500',
      'learnt as 0.5',
      'user me: 0.5 fine',
    ]) {
      expect(text).toContain(part);
    }
    // What callers send must not reach the terminal as a command.
    expect(text).not.toContain('\u001b');
    expect(await log('--topic', 'code')).toEqual(NOTHING);
    expect(await log('--since', '1h')).toHaveLength(1);
    expect(await log('--until', '1h')).toEqual(NOTHING);
  });

  it('followed: each decision once, when its outcome is there, until Ctrl-C', async () => {
    const { ledger } = await openOn(store);
    const old = newDecisionId();
    ledger.open(record(old, { decision }));
    ledger.close(outcome(old));
    await ledger.flush();
    const following = log('--follow', '--limit', '1');
    await expect.poll(() => printed.length).toBe(1);
    const [first, second] = [newDecisionId(), newDecisionId()];
    ledger.open(record(first, { decision }));
    ledger.open(record(second, { decision }));
    ledger.close(outcome(second));
    await expect.poll(() => printed.length).toBe(2);
    ledger.close(outcome(first));
    await expect.poll(() => printed.length).toBe(3);
    process.emit('SIGINT');
    await following;
    expect(printed.map((line) => line.split('  ')[1])).toEqual([old, second, first]);
  });
});
