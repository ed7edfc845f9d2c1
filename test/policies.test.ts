// The shipped policies: nothing to warn of, short, tested, and their tests hold.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTests } from '../src/cli/policy-tests/run-tests.ts';
import { formatDiagnostic, parsePolicyTests, type Plan } from '../src/policy/index.ts';
import { compile, SHIPPED_NAMES } from './fuzz/shipped.ts';

const path = (name: string): string => resolve(import.meta.dirname, '../policies', name);
const read = (name: string): string => readFileSync(path(name), 'utf8');

function planOf(name: string): Plan {
  const compiled = compile(read(`${name}.yaml`), 'conflicts');
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  expect(compiled.warnings.map(formatDiagnostic)).toEqual([]);
  return compiled.plan;
}

it('are these', () => {
  const wanted = ['agents', 'cost-first', 'default', 'fleet', 'private', 'quality-first', 'tiers'];
  expect(SHIPPED_NAMES).toEqual(expect.arrayContaining(wanted));
});

describe.each(SHIPPED_NAMES)('policies/%s.yaml', (name) => {
  it('has no conflict and at most 60 lines, and says what it is for', () => {
    planOf(name);
    const lines = read(`${name}.yaml`).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines[0]).toMatch(/^# .{20}|^# yaml-language-server/);
  });

  it('has tests, and they hold', async () => {
    expect(existsSync(path(`${name}.test.yaml`))).toBe(true);
    const plan = planOf(name);
    const parsed = parsePolicyTests(read(`${name}.test.yaml`), `${name}.test.yaml`, plan);
    if (parsed.kind === 'invalid') throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
    const { lines, tests, held } = await runTests(plan, parsed);
    expect(lines).toEqual([]);
    expect(held).toBe(tests);
    expect(tests).toBeGreaterThan(3);
  });

  it('has every route and every rule in some test', () => {
    const plan = planOf(name);
    const parsed = parsePolicyTests(read(`${name}.test.yaml`), `${name}.test.yaml`, plan);
    const expected = parsed.kind === 'tests' ? parsed.tests.map((test) => test.expect) : [];
    expect(
      plan.routes.map((route) => route.name).filter((one) => !expected.some(({ route }) => route === one)),
    ).toEqual([]);
    const rules = plan.confine.map((rule) => rule.name);
    expect(rules.filter((one) => !expected.some(({ confined }) => confined?.includes(one) === true))).toEqual([]);
  });
});
