// The prior tables that ship: of this build's topics, usable in a policy as they stand, and with where they come from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { openPolicyFiles } from '../src/config/index.ts';
import { compilePolicy, formatDiagnostic, type PriorTable } from '../src/policy/index.ts';
import { STRATEGIES } from '../src/router/index.ts';
import { TOPICS } from '../src/workload/index.ts';

const POLICIES = join(import.meta.dirname, '..', 'policies');
const tables = readdirSync(join(POLICIES, 'priors')).filter((name) => name.endsWith('.json'));
const read = (name: string): PriorTable => JSON.parse(readFileSync(join(POLICIES, 'priors', name), 'utf8'));

describe.each(tables)('policies/priors/%s', (name) => {
  const table = read(name);
  const models = Object.keys(table.models);

  it('compiles into a policy over all of its models', () => {
    const price = { inputPerMTok: 1, outputPerMTok: 1 };
    const pools = models.map((model, i) => [
      `p${i}`,
      { model, endpoints: ['http://127.0.0.1:9/v1'], price, contextWindow: 9 },
    ]);
    const strategy = { kind: 'semantic', priors: `priors/${name}` };
    const policy = stringify({
      version: 1,
      pools: Object.fromEntries(pools),
      aliases: { auto: 'r' },
      routes: [{ name: 'r', candidates: models.map((_, i) => `p${i}`), strategy }],
    });
    const file = join(POLICIES, 'policy.yaml');
    const { read: readNamed } = openPolicyFiles(file);
    const compiled = compilePolicy(policy, file, { strategies: STRATEGIES, simProfiles: [], readNamed });
    const errors = compiled.kind === 'invalid' ? compiled.diagnostics.map(formatDiagnostic) : [];
    expect(errors).toEqual([]);
    const known = compiled.kind === 'plan' ? compiled.plan.routes[0]?.strategy.qualities : undefined;
    expect(known?.size).toBe(models.length);
  });

  it('says where its numbers come from, and that the test folds are not among them', () => {
    expect(table.source).toMatchObject({
      repository: expect.any(String),
      commit: expect.any(String),
      licence: expect.any(String),
    });
    expect(table.fitted).toMatchObject({ folds: '0,1,2,3,4,5,6', rows: expect.any(Number), date: expect.any(String) });
  });

  it('knows topics by enough rows each, and says nothing of the others', () => {
    for (const model of models) {
      const topics = Object.entries(table.models[model]?.topics ?? {});
      expect(topics.length).toBeGreaterThan(1);
      for (const [topic, { rows }] of topics) {
        expect(TOPICS).toContain(topic);
        expect(rows).toBeGreaterThanOrEqual(5);
      }
    }
  });
});
