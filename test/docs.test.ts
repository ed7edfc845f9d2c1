// The documents against the code: errors, metrics, facts, policy keys, the README's first request.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorSpec } from '../src/base/index.ts';
import { workerErrors } from '../src/cli/workers/errors.ts';
import { configErrors } from '../src/config/index.ts';
import { embeddingErrors } from '../src/embedding/index.ts';
import { feedbackErrors } from '../src/feedback/index.ts';
import { gatewayErrors } from '../src/gateway/index.ts';
import { FACTS, FUNCTIONS, PolicySchema } from '../src/policy/index.ts';
import { poolErrors } from '../src/pool/index.ts';
import { routerErrors, STRATEGIES } from '../src/router/index.ts';
import { simErrors } from '../src/sim/index.ts';
import { storeErrors } from '../src/store/index.ts';
import { createMetrics, telemetryErrors } from '../src/telemetry/index.ts';
import { TOPICS, workloadErrors } from '../src/workload/index.ts';
import { metricsIn, registeredMetrics, wrongLabels } from './support/promql.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');
const firstCells = (text: string): string[] => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');

type Catalogue = Readonly<Record<string, { readonly spec: Omit<ErrorSpec, 'message'> }>>;
const catalogues: readonly Catalogue[] = [
  configErrors,
  embeddingErrors,
  feedbackErrors,
  gatewayErrors,
  poolErrors,
  routerErrors,
  simErrors,
  storeErrors,
  telemetryErrors,
  workerErrors,
  workloadErrors,
];
const specs = catalogues.flatMap((catalogue) => Object.values(catalogue).map((maker) => maker.spec));

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');

  it('lists every code of every catalogue, and none that is gone', () => {
    expect(firstCells(page).toSorted()).toEqual(specs.map((spec) => spec.code).toSorted());
  });

  it.each(specs.map((spec) => [spec.code, spec] as const))(
    '%s has its status, public code and blame',
    (_code, spec) => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${spec.code}\` |`)) ?? '';
      expect(row).toContain(
        `| ${spec.status} | \`${spec.openaiCode}\` | ${spec.blame} | ${spec.retryable ? 'yes' : 'no'} |`,
      );
      expect(row.split('|')[6]?.trim().length).toBeGreaterThan(15);
    },
  );
});

describe('docs/metrics.md', () => {
  it('lists every metric of ours with its labels, and none that is gone', async () => {
    const metrics = createMetrics({ endpoints: () => [], openDecisions: () => 0 });
    const ours = (await metrics.registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('sluice_'));
    const page = read('docs/metrics.md');
    expect(firstCells(page).toSorted()).toEqual(ours.map(({ name }) => name).toSorted());
    for (const { name } of ours) {
      const metric = metrics.registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
      const labels = row.split('|')[3]?.trim() ?? '';
      expect(labels === '-' ? [] : labels.split(', '), name).toEqual([...metric.labelNames]);
    }
    metrics.close();
  });

  it('says of every metric its type, and how workers add up when it is not a sum', async () => {
    const metrics = createMetrics({ endpoints: () => [], openDecisions: () => 0 });
    for (const { name, type, aggregator } of await metrics.registry.getMetricsAsJSON()) {
      if (!name.startsWith('sluice_')) continue;
      const row = read('docs/metrics.md')
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row?.split('|')[4]?.trim(), name).toBe(aggregator === 'sum' ? type : `${String(type)}, ${aggregator}`);
    }
    metrics.close();
  });

  const examples = [...read('docs/metrics.md').matchAll(/```promql\n([^`]+)```/g)].map((match) => match[1] ?? '');

  it.each(examples)('asks only for what there is: %s', async (example) => {
    const metrics = await registeredMetrics();
    expect(metricsIn(example).filter((name) => !metrics.has(name))).toEqual([]);
    expect(metricsIn(example).length).toBeGreaterThan(0);
    expect(wrongLabels(example, metrics)).toEqual([]);
  });
});

describe('docs/api.md', () => {
  const page = read('docs/api.md');
  const section = (title: string): string => page.split('\n## ').find((part) => part.startsWith(title)) ?? '';
  const ours = (names: readonly string[]): string[] => [...new Set(names)].toSorted();
  const sources = readdirSync(resolve(root, 'src/gateway'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: read(`src/gateway/${file}`) }));
  const headersIn = (wanted: (file: string) => boolean): string[] =>
    ours(
      sources
        .filter(({ file }) => wanted(file))
        .flatMap(({ text }) => [...text.matchAll(/'(x-sluice-[a-z-]*[a-z])'/g)].map((match) => match[1] ?? '')),
    );
  const isRequest = (file: string): boolean => file.endsWith('request-headers.ts');

  it.each([
    ['Headers of a request', isRequest],
    ['Headers of an answer', (file: string) => !isRequest(file)],
  ])('%s are those of the code', (title, wanted) => {
    const documented = firstCells(section(title)).filter((name) => name.startsWith('x-sluice-'));
    expect(documented.length).toBeGreaterThan(3);
    expect(ours(documented)).toEqual(headersIn(wanted));
  });

  it('lists every call, and none that is gone', () => {
    const calls = sources.flatMap(({ text }) => [
      ...[...text.matchAll(/app\.(get|post)(?:<[^(]*>)?\('([^']+)'/g)].map(
        (match) => `${(match[1] ?? '').toUpperCase()} ${match[2]}`,
      ),
      // Those that the lane takes too.
      ...[...text.matchAll(/(?:\[|_PATH = )'(\/v1\/[^']+)'(?:, '(?:chat|completion|embedding)'\])?/g)].map(
        (match) => `POST ${match[1]}`,
      ),
    ]);
    const documented = firstCells(page).filter((cell) => /^(?:GET|POST) /.test(cell));
    expect(documented.toSorted()).toEqual(calls.toSorted());
  });
});

describe('docs/facts.md', () => {
  const page = read('docs/facts.md');

  it('lists every fact with its type, and none that is gone', () => {
    expect(firstCells(page)).toEqual([
      ...FACTS.map((fact) => fact.name),
      ...FUNCTIONS.map(({ name, of }) => `${name}("${of === 'topics' ? 'TOPIC' : 'SET'}")`),
    ]);
    for (const { type, description } of FUNCTIONS) expect(page).toContain(`| ${type} | ${description} |`);
    for (const { name, type, description } of FACTS)
      expect(page).toContain(`| \`${name}\` | ${type} | ${description} |`);
  });

  it('names every topic', () => {
    for (const topic of TOPICS) expect(page).toContain(`\`${topic}\``);
  });
});

describe('docs/policy.md', () => {
  const keys = firstCells(read('docs/policy.md'));

  it('lists every key of the policy, and none that is gone', () => {
    expect(
      keys
        .filter((key) =>
          /^(?:version|pools|aliases|routes|confine|topics|embedder|keywords|signals|callers|requireCaller|timeouts|limits|retryBudget)/.test(
            key,
          ),
        )
        .toSorted(),
      // Engines share keys.
    ).toEqual([...new Set(leaves(PolicySchema as unknown as Schema, ''))].toSorted());
  });

  it.each(Object.values(STRATEGIES))('describes $kind and its settings', ({ kind, schema }) => {
    expect(keys).toContain(kind);
    const page = read('docs/policy.md');
    for (const setting of leaves(schema as unknown as Schema, '').filter((name) => name !== 'kind'))
      expect(page).toContain(`\`${setting}`);
  });
});

describe('docs/adr', () => {
  const records = readdirSync(resolve(root, 'docs/adr')).toSorted();

  it('has each number once, in the heading too', () => {
    expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, i) => i + 1));
    for (const [i, name] of records.entries()) expect(read(`docs/adr/${name}`)).toMatch(new RegExp(`^# ${i + 1}\\. `));
  });

  it('says of every dependency what it is for, and of none that is gone', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const wanted = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    );
    const rows = [...read('docs/adr/0003-dependencies.md').matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
    const named = rows.filter((cell) => cell !== 'package').flatMap((cell) => cell.split(', '));
    expect(named.toSorted()).toEqual(wanted.toSorted());
  });
});

describe('links between documents', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(resolve(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
  ];

  it.each(pages.filter((name) => name.endsWith('.md')))('%s leads to files that are there', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(targets.filter((target) => !existsSync(resolve(root, page, '..', target)))).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Paths of the keys that hold a value: NAME for a key that operators choose. */
function leaves(schema: Schema, prefix: string): string[] {
  // A short form, and an object with settings: both are keys.
  if (schema.anyOf !== undefined)
    return [
      prefix,
      ...schema.anyOf.filter((one) => one.properties !== undefined).flatMap((one) => leaves(one, prefix)),
    ];
  const under = (key: string): string => (prefix === '' ? key : `${prefix}.${key}`);
  if (schema.properties !== undefined)
    return Object.entries(schema.properties).flatMap(([key, inner]) => leaves(inner, under(key)));
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern !== undefined && prefix !== 'weights') return leaves(pattern, under('NAME'));
  if (schema.items?.properties !== undefined) return leaves(schema.items, `${prefix}[]`);
  const [, ...inner] = schema.items?.anyOf === undefined ? [] : leaves(schema.items, `${prefix}[]`);
  return [prefix, ...inner];
}
