// Every lie of a model server against the table of docs/errors.md: what callers see and what is on record, alone, beside a healthy pool and in a cascade.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Outcome } from '../../src/feedback/index.ts';
import { gatewayErrors } from '../../src/gateway/index.ts';
import { poolErrors } from '../../src/pool/index.ts';
import { chat, gatewayOver, idOf, policyOver, sim, type Answer, type TestGateway } from './harness.ts';
import { LIE_KINDS, startLyingServer, type Lie } from './lying-server.ts';
import { expectUnharmed } from './unharmed.ts';

/** By the first column of the table. */
const LIES: Readonly<Record<string, Lie>> = {
  honest: { kind: 'honest' },
  'refusal 429': { kind: 'refusal', status: 429, retryAfter: '0' },
  'refusal 500': { kind: 'refusal', status: 500 },
  'refusal 503': { kind: 'refusal', status: 503 },
  hang: { kind: 'hang' },
  stall: { kind: 'stall' },
  'cut, closed': { kind: 'cut', how: 'close' },
  'cut, reset': { kind: 'cut', how: 'reset' },
  'half-event': { kind: 'half-event' },
  slow: { kind: 'slow', everyMs: 5 },
  'html 200': { kind: 'html', status: 200 },
  'html 502': { kind: 'html', status: 502 },
  'broken-json': { kind: 'broken-json' },
  'huge-event': { kind: 'huge-event', bytes: 300_000 },
  gzip: { kind: 'gzip' },
  'length-too-long, closed': { kind: 'length-too-long', after: 'close' },
  'length-too-long, waits': { kind: 'length-too-long', after: 'wait' },
  'length-too-short': { kind: 'length-too-short' },
  redirect: { kind: 'redirect', to: 'http://127.0.0.1:1/' },
  'early-hints': { kind: 'early-hints' },
  continue: { kind: 'continue' },
  trailers: { kind: 'trailers' },
  'error-event': { kind: 'error-event' },
  'no-done': { kind: 'no-done' },
  'no-usage': { kind: 'no-usage' },
  'null-usage': { kind: 'null-usage' },
  'tight-events': { kind: 'tight-events' },
  crlf: { kind: 'crlf' },
  comments: { kind: 'comments' },
  split: { kind: 'split', bytes: 1 },
};
/** Of which a time limit is the end. */
const WAITING = new Set(['hang', 'stall', 'length-too-long, waits']);
const SETTINGS = ['alone', 'beside', 'cascade'] as const;

interface Try {
  readonly lie: string;
  readonly stream: boolean;
  readonly setting: (typeof SETTINGS)[number];
  /** Of the route and of the pool that lies. */
  readonly name: string;
}

const TRIES: readonly Try[] = Object.keys(LIES).flatMap((lie, i) =>
  SETTINGS.flatMap((setting) =>
    [false, true].map((stream) => ({ lie, stream, setting, name: `${setting}-${i}-${stream ? 'streamed' : 'plain'}` })),
  ),
);

interface Told {
  readonly answer: Answer;
  readonly outcome: Outcome;
}

const aliasOf = (name: string): string => `ask-${name}`;

/** A gateway with a pool and a route of its own for each try: a failure counts against its own pool alone. */
async function start(tries: readonly Try[]): Promise<TestGateway> {
  const good = await sim('m-good');
  const pools: Record<string, { endpoints: string[] }> = { good: { endpoints: [good.url] } };
  const routes: object[] = [];
  for (const { lie, name, setting } of tries) {
    const told = LIES[lie] ?? { kind: 'honest' };
    pools[name] = { endpoints: [(await startLyingServer([told, { kind: 'honest' }])).url] };
    const timeouts = WAITING.has(lie) ? { ttftMs: 3_000, itlMs: 3_000 } : {};
    const how =
      setting === 'cascade'
        ? { strategy: { kind: 'cascade', stages: [name, 'good'] } }
        : { candidates: [name], fallbacks: setting === 'alone' ? [] : ['good'] };
    routes.push({ name, when: `model == "${aliasOf(name)}"`, timeouts, ...how });
  }
  const aliases = Object.fromEntries(tries.map(({ name }) => [aliasOf(name), name]));
  // Nothing here is an outage: the budget for second attempts is no subject.
  return gatewayOver(policyOver(pools, { aliases, routes, retryBudget: { ratio: 1, minPerSecond: 1_000 } }));
}

/** Tells the lies; then everything must be as if nothing had been. By the name of the try. */
async function tell(tries: readonly Try[]): Promise<ReadonlyMap<string, Told>> {
  const gateway = await start(tries);
  const answers = new Map<string, Answer>();
  await Promise.all(
    tries.map(async ({ name, stream }) => {
      answers.set(name, await chat(gateway, { model: aliasOf(name), stream }));
      const after = await chat(gateway, { model: aliasOf(name), stream });
      expect([name, after.status, after.headers['x-sluice-pool']]).toEqual([name, 200, name]);
    }),
  );
  const outcomes = await expectUnharmed(gateway, false);
  expect(outcomes).toHaveLength(2 * tries.length);
  const told = new Map<string, Told>();
  for (const [name, answer] of answers) {
    const outcome = outcomes.find(({ decisionId }) => decisionId === idOf(answer));
    if (outcome === undefined) throw new Error(`nothing is on record of ${name}`);
    told.set(name, { answer, outcome });
  }
  return told;
}

/** As the table writes it: status, then the code of an error, and how it came. */
function seen({ answer, outcome }: Told): string {
  const [head = '', event] = answer.text.split('event: error\ndata: ');
  const code = (json: string): string => (JSON.parse(json) as { error: { code: string } }).error.code;
  if (event !== undefined) return `${answer.status}, then \`${code(event)}\``;
  if (answer.status !== 200) {
    const own = answer.json().error.sluice_code === undefined;
    return own ? `${answer.status} in its own words` : `${answer.status} \`${code(head)}\``;
  }
  return outcome.finish === 'completed' ? '200' : '200, then its own error';
}

const CODES = new Map(
  [...Object.values(gatewayErrors), ...Object.values(poolErrors)].map(({ spec }) => [spec.openaiCode, spec.code]),
);

/** What must be on record of a try that was answered so. */
function recordOf(cell: string): Partial<Outcome> {
  const status = Number(cell.slice(0, 3));
  if (cell === '200') return { finish: 'completed', status };
  if (cell.endsWith('own words')) return { finish: 'failed', status, errorCode: `upstream_${status}` };
  const errorCode = CODES.get(/`(.*)`/u.exec(cell)?.[1] ?? 'upstream_bad_answer') ?? '';
  return { finish: status === 200 ? 'interrupted' : 'failed', status, errorCode };
}

/** The rows of the table, by their first column. */
function tableOf(page: string): ReadonlyMap<string, readonly [plain: string, streamed: string]> {
  const section = page.slice(page.indexOf('\n## What model servers do wrong'));
  const rows = [...section.matchAll(/^\| ([a-z][^|]*) \| [^|]* \| ([^|]*) \| ([^|]*) \|$/gmu)];
  return new Map(rows.map(([, lie = '', plain = '', streamed = '']) => [lie, [plain, streamed]]));
}

it('is what the table of docs/errors.md says, and the next request to the same server is fine', async () => {
  expect(new Set(Object.values(LIES).map(({ kind }) => kind))).toEqual(new Set(LIE_KINDS));
  const groups = SETTINGS.flatMap((setting) =>
    [false, true].map((stream) => TRIES.filter((one) => one.setting === setting && one.stream === stream)),
  );
  const all = new Map((await Promise.all(groups.map(tell))).flatMap((some) => [...some]));
  const told = (one: Try | undefined): Told => {
    const found = all.get(one?.name ?? '');
    if (found === undefined) throw new Error(`${one?.name} was not tried`);
    return found;
  };
  const cells = new Map<string, string[]>();
  for (const one of TRIES.filter(({ setting }) => setting === 'alone')) {
    const { lie, stream, name } = one;
    const alone = told(one);
    const cell = seen(alone);
    const answered = alone.answer.status === 200;
    expect({ name, ...alone.outcome }).toMatchObject({ name, ...recordOf(cell) });
    expect([name, alone.outcome.answeredBy]).toEqual([name, answered ? name : undefined]);

    const others = TRIES.filter((other) => other.lie === lie && other.stream === stream);
    const beside = told(others.find(({ setting }) => setting === 'beside'));
    const stoodIn = beside.outcome.answeredBy === 'good';
    if (stoodIn) {
      expect(beside.outcome).toMatchObject({ finish: 'completed', status: 200, errorCode: undefined });
      expect(beside.outcome.attempts).toHaveLength(2);
      expect(beside.outcome.attempts[0]?.errorCode).toBeDefined();
    } else {
      expect([name, seen(beside)]).toEqual([name, cell]);
      expect(beside.outcome).toMatchObject(recordOf(cell));
    }
    cells.set(lie, [...(cells.get(lie) ?? []), stoodIn ? `${cell} \\*` : cell]);

    // A stage whose answer is not whole and good is not kept, whenever that shows.
    const cascade = told(others.find(({ setting }) => setting === 'cascade'));
    expect(cascade.outcome).toMatchObject({ finish: 'completed', status: 200, errorCode: undefined });
    const kept = cascade.outcome.answeredBy !== 'good';
    expect([name, kept, cascade.outcome.attempts[0]?.errorCode === undefined]).toEqual([name, cell === '200', kept]);
  }
  const table = tableOf(readFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8'));
  expect(Object.fromEntries(table)).toEqual(Object.fromEntries(cells));
});
