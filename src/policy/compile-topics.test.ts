// Topics of a policy: what is compiled, and what is refused, where.
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';

const POOLS = `version: 1
pools:
  p: { model: m, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 9 }
topics:
`;

function compile(topics: string) {
  return compilePolicy(POOLS + topics, 'p.yaml', { strategies: {}, simProfiles: [] });
}

function errors(topics: string): string[] {
  const compiled = compile(topics);
  return compiled.kind === 'invalid' ? compiled.diagnostics.map(formatDiagnostic) : [];
}

describe('topics', () => {
  it('keep the order of the policy, with what is left out filled in', () => {
    const compiled = compile('  z: { examples: [a, b, c] }\n  a: { examples: [d, e, f], not: [a], threshold: 0.6 }\n');
    expect(compiled.kind === 'plan' && compiled.plan.topics).toEqual([
      { name: 'z', examples: ['a', 'b', 'c'], not: [], threshold: 0.5 },
      { name: 'a', examples: ['d', 'e', 'f'], not: ['a'], threshold: 0.6 },
    ]);
  });

  it('are none where none are named', () => {
    const compiled = compilePolicy(POOLS.replace('topics:\n', ''), 'p.yaml', { strategies: {}, simProfiles: [] });
    expect(compiled.kind === 'plan' && compiled.plan.topics).toEqual([]);
  });

  it('may have the same counter-example, and one that is an example of another topic', () => {
    expect(errors('  z: { examples: [a, b, c], not: [x, d] }\n  y: { examples: [d, e, f], not: [x] }\n')).toEqual([]);
  });

  it.each([
    ['no example', '{ examples: [] }', '5:18', '0 examples are too few: 3 are the least, 5 to 20 are good'],
    ['one example', '{ examples: [a] }', '5:18', '1 example is too few: 3 are the least, 5 to 20 are good'],
    ['an empty phrase', '{ examples: [a, b, ""] }', '5:25', 'must not have fewer than 1 characters, found ""'],
    ['white space', '{ examples: [a, b, " \\t"] }', '5:25', 'expected a phrase, found white space'],
    ['a number', '{ examples: [a, b, 3] }', '5:25', 'must be string, found 3'],
    ['the same again', '{ examples: [a b, b, "A  B "] }', '5:27', 'the same phrase as examples[0] of this topic'],
    [
      'an example as counter-example',
      '{ examples: [a, b, c], not: [B] }',
      '5:35',
      'the same phrase as examples[1] of this topic',
    ],
    [
      'a counter-example twice',
      '{ examples: [a, b, c], not: [d, d] }',
      '5:38',
      'the same phrase as not[0] of this topic',
    ],
    ['a threshold that everything passes', '{ examples: [a, b, c], threshold: 0 }', '5:40', 'must be > 0, found 0'],
    [
      'an unknown key',
      '{ examples: [a, b, c], than: 1 }',
      '5:29',
      'unknown key "than", expected one of examples, not, threshold',
    ],
    ['no examples at all', '{ not: [a] }', '5:6', '"examples" is missing'],
  ])('%s is an error where it stands', (_what, topic, where, message) => {
    const [found, ...more] = errors(`  z: ${topic}\n`);
    expect(found).toContain(`p.yaml:${where}: error: ${message} (at topics.z`);
    expect(more).toEqual([]);
  });

  it('cannot share an example', () => {
    expect(errors('  z: { examples: [a, b, c] }\n  y: { examples: [d, e, "B"] }\n')).toEqual([
      'p.yaml:6:25: error: also an example of topic "z" (at topics.y.examples[2])',
    ]);
  });

  it.each(['law', 'unknown'])('cannot be called %s, like a built-in one', (name) => {
    expect(errors(`  ${name}: { examples: [a, b, c] }\n`)).toEqual([
      `p.yaml:5:3: error: "${name}" is a built-in topic; a name means one thing (at topics.${name})`,
    ]);
  });

  it('have names like pools', () => {
    expect(errors('  "a b": { examples: [a, b, c] }\n')[0]).toContain('"a b" is not a valid name');
  });
});
