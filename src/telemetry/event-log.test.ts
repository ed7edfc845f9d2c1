// Which events become log lines, at which level, and that one request is none at the default level.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { GatewayEvent } from '../base/index.ts';
import { createEventLog } from './event-log.ts';
import { finished } from './fixtures/finished.ts';

function linesOf(level: string, event: GatewayEvent): { level: number; msg: string }[] {
  const lines: string[] = [];
  createEventLog(pino({ level }, { write: (line: string) => void lines.push(line) }))(event);
  return lines.map((line) => JSON.parse(line) as { level: number; msg: string });
}

const changed = (state: 'healthy' | 'ejected' | 'probing'): GatewayEvent => ({
  kind: 'endpoint-changed',
  pool: 'p',
  endpoint: 'e',
  state,
  reason: 'why',
});

it.each<[string, GatewayEvent, number, string]>([
  ['an ejection warns', changed('ejected'), 40, 'endpoint e of pool p is ejected: why'],
  ['a recovery informs', changed('healthy'), 30, 'endpoint e of pool p is healthy: why'],
  [
    'a policy taken up informs',
    { kind: 'policy-reloaded', result: 'applied', fingerprint: 'f', detail: '2 routes' },
    30,
    'policy taken up: 2 routes',
  ],
  [
    'a policy refused is an error',
    { kind: 'policy-reloaded', result: 'refused', fingerprint: 'f', detail: 'x:1:2' },
    50,
    'changed policy REFUSED, still routing by f:\nx:1:2',
  ],
  [
    'a lost record is an error',
    { kind: 'store-failed', detail: 'disk full' },
    50,
    'the store could not keep a record: disk full',
  ],
  [
    'spans that are lost warn',
    { kind: 'spans-settled', result: 'export-failed', spans: 3, detail: 'the collector answered 401' },
    40,
    'spans not exported: the collector answered 401',
  ],
])('%s', (_what, event, level, msg) => {
  expect(linesOf('info', event)).toEqual([expect.objectContaining({ level, msg })]);
});

it('a request is no line at the default level, one for debugging; what is frequent is for tracing only', () => {
  expect(linesOf('info', finished())).toEqual([]);
  expect(linesOf('debug', finished())).toEqual([
    expect.objectContaining({ msg: 'request finished', decisionId: finished().decisionId }),
  ]);
  const deferred: GatewayEvent = { kind: 'stage-deferred', route: 'r', pool: 'p', reason: 'empty' };
  expect(linesOf('debug', deferred)).toEqual([]);
  const exported: GatewayEvent = { kind: 'spans-settled', result: 'exported', spans: 64, detail: undefined };
  expect(linesOf('debug', exported)).toEqual([]);
  expect(linesOf('trace', deferred)).toHaveLength(1);
});
