// What `check`, `route` and `schema` print of policies and their tests, and how they end: in this process, nothing served.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { policyTestsJsonSchema } from '../policy/index.ts';
import { checkCommand } from './check.ts';
import { routeCommand } from './route.ts';
import { schemaCommand } from './schema.ts';

interface Ran {
  readonly code: number;
  readonly printed: readonly string[];
}

async function run(command: Command, ...args: string[]): Promise<Ran> {
  const printed: string[] = [];
  const print = (...parts: unknown[]): void => void printed.push(parts.join(' '));
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(print),
    vi.spyOn(console, 'error').mockImplementation(print),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  try {
    await command
      .exitOverride()
      .configureOutput({ writeErr: (text) => void printed.push(text.trimEnd()) })
      .parseAsync(args, { from: 'user' });
    return { code: Number(process.exitCode ?? 0), printed };
  } catch (error) {
    return { code: (error as { exitCode: number }).exitCode, printed };
  } finally {
    process.exitCode = undefined;
  }
}

function directory(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-policy-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const pool = (port: number): string =>
  `{ model: m${port}, endpoints: ["http://127.0.0.1:${port}/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 4000 }`;
const POLICY = `version: 1
pools: { house: ${pool(1)}, cloud: ${pool(2)} }
callers: { alice: { keyEnv: ALICE, role: staff } }
aliases: { auto: default }
confine: [{ name: private, when: '"private" in tags', pools: [house] }]
routes:
  - { name: json, when: json, candidates: [cloud, house] }
  - { name: staff, when: caller_role == "staff" && stream, candidates: [house] }
  - { name: default, strategy: { kind: cascade, stages: [house, cloud] } }
`;
const HOLDS = 'tests:\n  - { name: a, chat: Hi, expect: { route: default } }\n';
const FAILS = 'tests:\n  - { name: b, chat: Hi, expect: { route: json } }\n';

describe('check', () => {
  it('runs the tests beside a policy', async () => {
    const path = directory({ 'p.yaml': POLICY, 'p.test.yaml': HOLDS });
    const { code, printed } = await run(checkCommand(), join(path, 'p.yaml'));
    expect(code).toBe(0);
    expect(printed.at(-1)).toBe(`${join(path, 'p.test.yaml')}: all 1 test holds`);
  });

  it('fails with them, and says where, what and why', async () => {
    const path = directory({ 'p.yaml': POLICY, 'p.test.yaml': `${HOLDS}${FAILS.replace('tests:\n', '')}` });
    const { code, printed } = await run(checkCommand(), join(path, 'p.yaml'));
    expect(code).toBe(2);
    expect(printed[1]).toBe(`${join(path, 'p.test.yaml')}:3:43: failed: b (at tests[1].expect.route)`);
    expect(printed.slice(2, 5)).toEqual(['  - route: json', '  + route: default', '  why:']);
    expect(printed.at(-1)).toBe(`${join(path, 'p.test.yaml')}: 1 of 2 tests hold`);
  });

  it('runs those that are named, or none', async () => {
    const path = directory({ 'p.yaml': POLICY, 'p.test.yaml': HOLDS, 'other.yaml': FAILS });
    const policy = join(path, 'p.yaml');
    expect((await run(checkCommand(), policy, '--tests', join(path, 'other.yaml'))).code).toBe(2);
    const { code, printed } = await run(checkCommand(), policy, '--no-tests');
    expect([code, printed.length]).toEqual([0, 1]);
    expect(await run(checkCommand(), policy, '--tests', join(path, 'none'))).toMatchObject({
      code: 2,
      printed: [expect.any(String), `${join(path, 'none')}: cannot be read: there is no such file`],
    });
  });

  it('refuses tests that are malformed', async () => {
    const path = directory({ 'p.yaml': POLICY, 'p.test.yaml': 'tests: [{ name: a }]' });
    const { code, printed } = await run(checkCommand(), join(path, 'p.yaml'));
    expect(code).toBe(2);
    expect(printed.slice(1)).toEqual([
      `${join(path, 'p.test.yaml')}:1:9: error: "expect" is missing (at tests[0])`,
      '1 error: these tests cannot be run',
    ]);
  });

  it('takes several policies at once, and no tests for policies', async () => {
    const path = directory({ 'p.yaml': POLICY, 'p.test.yaml': HOLDS, 'q.yaml': POLICY, 'q.test.yaml': FAILS });
    const files = ['p.test.yaml', 'p.yaml', 'q.test.yaml', 'q.yaml'].map((name) => join(path, name));
    const { code, printed } = await run(checkCommand(), ...files);
    expect(code).toBe(2);
    expect(printed.filter((line) => line.includes(': ok ')).length).toBe(2);
  });

  it('warns of conflicts, and notes overlaps where asked to', async () => {
    const path = directory({ 'p.yaml': POLICY.replace('json, cand', 'json && !json, cand') });
    const policy = join(path, 'p.yaml');
    const warned = await run(checkCommand(), policy);
    expect(warned).toMatchObject({
      code: 0,
      printed: [expect.stringContaining('7:25: warning: this can never hold'), expect.any(String)],
    });
    const overlapping = join(directory({ 'p.yaml': POLICY }), 'p.yaml');
    expect((await run(checkCommand(), overlapping)).printed).toHaveLength(1);
    expect((await run(checkCommand(), overlapping, '--overlaps')).printed[0]).toContain(
      '8:26: note: route "json" stands above and takes some of these, as { caller_role: "staff", json: true, stream: true }',
    );
  });
});

describe('route', () => {
  const policy = (): string => join(directory({ 'p.yaml': POLICY, 'body.json': '{"input": "Hi"}' }), 'p.yaml');

  it('says what is seen, decided and asked', async () => {
    const { code, printed } = await run(routeCommand(), policy(), 'Hi', '--header', 'X-Sluice-Tags=team=red');
    expect(code).toBe(0);
    expect(printed).toContain('  kind              "chat"');
    expect(printed).toContain('  tags              {"team":"red"}');
    expect(printed).toContain('  route json passed over: json is false');
    expect(printed.slice(-3)).toEqual(['asked', '  1. house, and on if its answer fails a check', '  2. cloud']);
  });

  it.each([
    [['--caller', 'alice'], '  caller_role       "staff"'],
    [['--model', 'cloud'], '  1. cloud'],
    [['--down', 'house'], '  house ruled out: no healthy endpoint'],
    [['--header', 'x-sluice-tags=private=yes'], '  the request is confined to house by rule private'],
  ])('with %j', async (args, line) => {
    const { code, printed } = await run(routeCommand(), policy(), 'Hi', ...args);
    expect([code, printed]).toEqual([0, expect.arrayContaining([line])]);
  });

  it('takes a whole body', async () => {
    const path = policy();
    const body = join(path, '../body.json');
    const { code, printed } = await run(routeCommand(), path, '--body', body, '--operation', 'embedding');
    expect([code, printed]).toEqual([0, expect.arrayContaining(['  kind              "embedding"'])]);
  });

  it('says that a request is refused, with 1', async () => {
    const refused = await run(
      routeCommand(),
      policy(),
      'Hi',
      '--model',
      'cloud',
      '--header',
      'x-sluice-tags=private=yes',
    );
    expect(refused.code).toBe(1);
    expect(refused.printed).toEqual([expect.stringMatching(/^refused with 403 SLUICE_ROUTER_CONFINED: /)]);
    expect((await run(routeCommand(), policy(), 'Hi', '--model', 'x')).printed[0]).toContain('404 SLUICE_ROUTER_MODEL');
  });

  it.each([
    [[], 'expected a text or --body, one of the two'],
    [['Hi', '--body', '/nowhere.json'], 'It cannot be read: '],
    [['Hi', '--down', 'x'], 'unknown pool "x", expected one of house, cloud'],
    [['Hi', '--caller', 'bob'], 'unknown caller "bob", expected one of alice'],
    [['Hi', '--header', 'x'], 'It must be name=value.'],
    [['Hi', '--operation', 'image'], 'Allowed choices are chat, completion, embedding.'],
  ])('refuses %j', async (args, message) => {
    const { code, printed } = await run(routeCommand(), policy(), ...args);
    expect(code).toBeGreaterThan(0);
    expect(printed.join('\n')).toContain(message);
  });

  it('says what is wrong with the policy, with 2', async () => {
    const path = join(directory({ 'p.yaml': 'version: 2' }), 'p.yaml');
    const { code, printed } = await run(routeCommand(), path, 'Hi');
    expect([code, printed[0]]).toEqual([2, `${path}:1:1: error: "pools" is missing`]);
    expect((await run(routeCommand(), '/nowhere.yaml', 'Hi')).code).toBe(2);
  });
});

it('schema --tests prints the JSON Schema of tests', async () => {
  const { printed } = await run(schemaCommand(), '--tests');
  expect(JSON.parse(printed.join('\n'))).toEqual(policyTestsJsonSchema());
});
