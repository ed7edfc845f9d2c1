// Seconds of a run: what arrived, what ended, the TTFTs of the last ten.
import { expect, it } from 'vitest';
import type { Exchanged } from './exchange.ts';
import { secondsOf } from './timeline.ts';

const one = (atMs: number, e2eMs: number, ttftMs: number | undefined, ending: Exchanged['ending']): Exchanged => ({
  atMs,
  stream: ttftMs !== undefined,
  ending,
  status: 200,
  why: '',
  decisionId: '',
  pool: '',
  ttftMs,
  e2eMs,
  outputTokens: 1,
  wantedTokens: 1,
  feedback: undefined,
});

it('counts by second and forgets TTFTs after ten', () => {
  const seconds = secondsOf(
    [one(100, 200, 50, 'completed'), one(900, 1200, 300, 'cut'), one(500, 100, undefined, 'completed')],
    12,
  );
  expect(seconds).toHaveLength(12);
  expect(seconds[0]).toMatchObject({ atSeconds: 1, arrived: 3, completed: 2, notCompleted: 0, ttftP50Ms: 50 });
  expect(seconds[1]).toMatchObject({ arrived: 0, completed: 0, notCompleted: 0, ttftP50Ms: 175 });
  expect(seconds[2]).toMatchObject({ notCompleted: 1 });
  expect(seconds[10]?.ttftP50Ms).toBe(300);
  expect(seconds[11]?.ttftP50Ms).toBeNaN();
});
