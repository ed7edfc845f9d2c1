// A policy's tests, each decided as the gateway would decide it, and what is said of those that do not hold.
import type { ParsedTests, Path, Plan, PolicyTest } from '../../policy/index.ts';
import { createOffline, type Offline, type OfflineDecision } from '../../root/index.ts';
import { explain } from '../../router/index.ts';
import { unmet } from './expectations.ts';

export interface Report {
  readonly tests: number;
  readonly held: number;
  /** For a person: where, what was expected, what was found, and why. */
  readonly lines: readonly string[];
}

export async function runTests(plan: Plan, { tests, text }: Extract<ParsedTests, { kind: 'tests' }>): Promise<Report> {
  const offline = await createOffline(
    plan,
    tests.flatMap(({ expect }) => Object.keys(expect.facts ?? {})),
  );
  const lines: string[] = [];
  let held = 0;
  for (const [i, test] of tests.entries()) {
    const outcome = decided(offline, test);
    const wrong = unmet(test.expect, outcome);
    if (wrong.length === 0) held++;
    for (const { path, expected, found } of wrong) {
      const at: Path = ['tests', i, 'expect', ...path];
      const { file, line, column, path: where } = text.at(at, '');
      const what = path.length === 0 ? '' : `${path.join('.')}: `;
      lines.push(`${file}:${line}:${column}: failed: ${test.name} (at ${where})`);
      lines.push(`  - ${what}${expected}`, `  + ${what}${found}`);
    }
    if (wrong.length > 0 && outcome.kind === 'decided') {
      lines.push('  why:', ...explain(outcome.decision).map((reason) => `    ${reason}`));
    }
  }
  return { tests: tests.length, held, lines };
}

const DEFAULT_MODEL = 'auto';

function decided(offline: Offline, test: PolicyTest): OfflineDecision {
  const { chat, model = DEFAULT_MODEL, request, operation = 'chat', headers = {}, caller, given = {}, expect } = test;
  const body = chat === undefined ? { model, ...request } : { model, messages: [{ role: 'user', content: chat }] };
  return offline.ask({ operation, body, headers, caller, given, facts: Object.keys(expect.facts ?? {}) });
}
