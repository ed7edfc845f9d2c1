// What sluice check --explain says of signals.
import { expect, it } from 'vitest';
import { compilePolicy } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { explainSignals } from './check-signals.ts';

const POLICY = `
version: 1
pools:
  p: { model: m, endpoints: ["http://127.0.0.1:9/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 9 }
keywords: { pii: { builtin: pii } }
topics: { refunds: { examples: ["my money back", "refund my order", "cancel and pay me"] } }
embedder: { kind: http, url: "http://127.0.0.1:9/v1", model: m }
signals:
  near: { value: 'similar("refunds") > 0.5', default: true, deadlineMs: 20 }
  long: { value: tokens.input, default: 7 }
  private: { value: 'keywords("pii") || signals.near', default: true }
aliases: { auto: rest }
routes:
  - { name: asks, when: 'signals.private && signals.long > 5', candidates: [p] }
  - { name: rest, candidates: [p] }
`;

it('says of each its type, its cost, its default, who asks it and what it is', () => {
  const compiled = compilePolicy(POLICY, 'p', { strategies: STRATEGIES, simProfiles: [] });
  if (compiled.kind === 'invalid') throw new Error(JSON.stringify(compiled.diagnostics));
  expect(compiled.warnings).toEqual([]);
  expect(explainSignals(compiled.plan)).toEqual([
    'signal near: bool, encoder, true where it cannot be told after 20 ms; asked by signal private: similar("refunds") > 0.5',
    'signal long: int, cheap, 7 where it cannot be told; asked by route asks: tokens.input',
    'signal private: bool, encoder, true where it cannot be told after 50 ms; asked by route asks: keywords("pii") || signals.near',
  ]);
});
