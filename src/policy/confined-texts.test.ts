// Texts that leave for a vector before a rule of confinement can hold them: who is warned, and who is not.
import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';
import type { Vocabulary } from './compiling.ts';

const schema = Type.Object({ kind: Type.Literal('fixed') });
const vocabulary: Vocabulary = { strategies: { fixed: { kind: 'fixed', needsTopic: false, schema } }, simProfiles: [] };

interface Setting {
  readonly embedder?: string;
  readonly rules?: string;
  readonly when?: string;
}

const HOUSE = '{ name: private, pools: [house] }';
const HTTP = (url: string): string => `{ kind: http, url: "${url}", model: e }`;

function warnings({ embedder = HTTP('https://api.example.com/v1'), rules = HOUSE, when }: Setting): string[] {
  const pool = (url: string): string =>
    `{ model: m, endpoints: ["${url}"], price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 9 }`;
  const source = `version: 1
pools:
  house: ${pool('http://house.example.com:8000/v1')}
  cellar: ${pool('http://cellar.example.com:8000/v1')}
  cloud: ${pool('https://api.example.com/v1')}
topics: { claims: { examples: [a, b, c] } }
embedder: ${embedder}
confine: [${rules}]
routes:
  - { name: claims, when: '${when ?? 'similar("claims") > 0.5'}', candidates: [house, cloud] }
  - { name: main, candidates: [house, cellar, cloud] }
aliases: { auto: main }
`;
  const compiled = compilePolicy(source, 'p.yaml', vocabulary);
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  return compiled.warnings.map(formatDiagnostic).filter((line) => line.includes('embedder'));
}

it.each<[string, Setting, string]>([
  ['away from the rule’s pools', {}, 'api.example.com before rule "private"'],
  [
    'with two rules, at the host of one alone',
    {
      embedder: HTTP('http://house.example.com:9000/v1'),
      rules: `${HOUSE}, { name: deeper, pools: [cellar] }`,
    },
    'house.example.com before rule "deeper"',
  ],
])('an embedder %s is warned of, where its address stands', (_what, setting, message) => {
  const [first, ...more] = warnings(setting);
  expect(first).toContain(message);
  expect(first).toMatch(/^p\.yaml:7:\d+: warning: .* \(at embedder\.url\)$/);
  expect(more).toEqual([]);
});

it.each<[string, Setting]>([
  ['at the host of the rule’s pool', { embedder: HTTP('http://house.example.com:9000/v1') }],
  ['of this machine', { embedder: HTTP('http://127.0.0.1:9000/v1') }],
  ['in this process', { embedder: '{ kind: transformers, model: models/e }' }],
  ['without a rule', { rules: '' }],
  ['that no condition asks', { when: 'turns > 1' }],
  ['under a rule that lets the cloud in', { rules: '{ name: private, pools: [house, cloud] }' }],
])('one %s is not', (_what, setting) => {
  expect(warnings(setting)).toEqual([]);
});
