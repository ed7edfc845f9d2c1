// Functions and named signals: how they are checked, what they come to, and that nothing is computed that is not asked.
import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { RequestTexts, Workload } from '../../workload/index.ts';
import { compilePolicy } from '../compile-policy.ts';
import { formatDiagnostic } from '../document.ts';
import type { Facts, Plan } from '../types.ts';
import { factReader, type RequestFacts, type Sight } from './request-facts.ts';

const POOL =
  '{ model: m, endpoints: ["http://127.0.0.1:9/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 9 }';

interface Draft {
  readonly signals?: Readonly<Record<string, object>>;
  readonly when?: string;
}

const KEYWORDS = { legal: { any: ['gdpr', 'contract'] }, pii: { builtin: 'pii' }, ever: { any: ['once'], in: 'all' } };

function compiled({ signals = {}, when = 'json' }: Draft): ReturnType<typeof compilePolicy> {
  const document = {
    version: 1,
    keywords: KEYWORDS,
    signals,
    aliases: { auto: 'rest' },
    routes: [
      { name: 'asks', when, candidates: ['p'] },
      { name: 'rest', candidates: ['p'] },
    ],
  };
  const source = JSON.stringify(document).replace('{', `{"pools":{"p":${JSON.stringify(null)}},`);
  return compilePolicy(source.replace('"p":null', `"p":${POOL}`), 'p', { strategies: STRATEGIES, simProfiles: [] });
}

const STRATEGIES = {
  fixed: { kind: 'fixed', schema: Type.Object({ kind: Type.Literal('fixed') }), needsTopic: false },
};

function planOf(draft: Draft): Plan {
  const result = compiled(draft);
  if (result.kind === 'invalid') throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.plan;
}

function messages(draft: Draft): readonly string[] {
  const result = compiled(draft);
  return (result.kind === 'plan' ? result.warnings : result.diagnostics).map(({ message }) => message);
}

/** Counts how often the texts are asked for. */
function sightOf(text: string, change: Partial<Workload> = {}): { sight: Sight; asked: string[] } {
  const asked: string[] = [];
  const texts: RequestTexts = {
    last: () => (asked.push('last'), [text]),
    all: () => (asked.push('all'), ['once upon a time', text]),
  };
  const workload = { turns: 1, images: 0, wantsJson: false, tools: ['search'], tags: {}, ...change } as Workload;
  return { sight: { workload, texts, nearness: undefined }, asked };
}

function factsOf(plan: Plan, sight: Sight): Facts & RequestFacts {
  return factReader(plan)(sight);
}

function ask(
  draft: Draft,
  text: string,
  change: Partial<Workload> = {},
): { held: unknown; said: RequestFacts['said']; asked: string[] } {
  const plan = planOf(draft);
  const { sight, asked } = sightOf(text, change);
  const facts = factsOf(plan, sight);
  return { held: plan.routes[0]?.when?.test(facts), said: facts.said, asked };
}

describe('functions', () => {
  it.each([
    ['keywords("legal")', 'the GDPR', true],
    ['keywords("legal")', 'the law', false],
    ['keyword_count("legal") == 2', 'a contract under GDPR', true],
    ['keyword_count("legal") + turns > 2', 'a contract', false],
    ['keywords("pii") && !keywords("legal")', 'jane@example.com', true],
    ['keywords("ever")', 'no', true],
    ['tools.exists(t, t == "search" && keywords("legal"))', 'gdpr', true],
    ["keywords( 'legal' ) ? json : stream == true", 'gdpr', false],
    ['(keywords)("legal")', 'gdpr', undefined],
  ])('%s of %j: %s', (when, text, expected) => {
    if (expected === undefined) expect(compiled({ when }).kind).toBe('invalid');
    else expect(ask({ when }, text).held).toBe(expected);
  });

  it.each([
    ['keywords("lega")', /^keywords\("lega"\): not defined under keywords; did you mean "legal"\?/],
    ['keywords("other thing")', /expected one of legal, pii, ever$/],
    ['keywords(model)', /^keywords\(\) takes one name in quotes/],
    ['keywords(["legal"][0])', /^keywords\(\) takes one name in quotes/],
    ['keywords()', /^keywords\(\) takes one name in quotes, of something under keywords/],
    ['keywords(1)', /^keywords\(\) takes one name in quotes/],
    ['keywords("legal", "pii")', /^keywords\(\) takes one name in quotes/],
    ['json.keywords("legal")', /no matching overload/],
    ['keyword_count("legal")', /a condition must be true or false, this is of type int/],
    ['keyword_count("legal") > 0.5 + 1', /no such overload/],
    ['similar("refunds") > 0.5', /similar\("refunds"\): not defined under topics; the policy defines no topics/],
    ['keywords__0', /^Unknown variable: keywords__0/],
    ['signals.x', /the policy defines no signals/],
  ])('%s is refused', (when, message) => {
    expect(messages({ when })).toEqual([expect.stringMatching(message)]);
  });

  it('are computed when they are asked, once, and only what is asked', () => {
    const first = ask({ when: 'json || keywords("legal") && keyword_count("legal") > 0 || keywords("ever")' }, 'gdpr');
    expect(first.asked).toEqual(['last']);
    expect(first.said).toEqual([
      { name: 'keywords("legal")', value: true, why: undefined },
      { name: 'keyword_count("legal")', value: 1, why: undefined },
    ]);
    expect(ask({ when: 'json || keywords("legal")' }, 'gdpr', { wantsJson: true })).toMatchObject({
      asked: [],
      said: [],
    });
  });
});

describe('signals', () => {
  it.each([
    [{ value: 'keywords("legal")', default: true }, 'signals.s', true],
    [{ value: 'turns + 1', default: 0 }, 'signals.s == 2', true],
    [{ value: 'keyword_count("legal") > 0 ? 0.75 : 0.25', default: 0.5 }, 'signals.s > 0.5', true],
    [{ value: 'tools[0]', default: '' }, 'signals.s == "search"', true],
    [{ value: 'tools', default: [] }, '"search" in signals.s', true],
    [{ value: '1 / images', default: 7 }, 'signals.s == 7', true],
    [{ value: 'tags["team"]', default: 'none' }, 'signals . s == "none"', true],
  ])('%j: %s', (s, when, expected) => {
    expect(ask({ signals: { s }, when }, 'gdpr').held).toBe(expected);
  });

  it('say when their default is taken, and why', () => {
    const { held, said } = ask({ signals: { s: { value: '1 / images > 0', default: true } }, when: 'signals.s' }, '');
    expect(held).toBe(true);
    expect(said).toEqual([{ name: 's', value: true, why: expect.stringMatching(/^the default, for .*zero/) }]);
  });

  it('rest on each other in any order, and each is computed once', () => {
    const signals = {
      a: { value: 'signals.b && signals.c', default: false },
      b: { value: 'signals.c || keywords("pii")', default: false },
      c: { value: 'keywords("legal")', default: false },
    };
    const { held, said } = ask({ signals, when: 'signals.a && signals.c' }, 'gdpr');
    expect(held).toBe(true);
    expect(said.map(({ name }) => name)).toEqual(['keywords("legal")', 'c', 'b', 'a']);
  });

  it('that no condition asks are not computed, and warned of', () => {
    const signals = {
      used: { value: 'turns > 0', default: false },
      idle: { value: 'keywords("legal")', default: false },
    };
    const draft = { signals, when: 'signals.used && keywords("pii") && keywords("ever")' };
    expect(messages(draft)).toEqual(['no condition asks signals.idle']);
    expect(planOf(draft).needs).toMatchObject({ facts: ['turns'] });
  });

  it.each([
    [{ a: { value: 'signals.a', default: true } }, ['a signal cannot rest on itself: a -> a']],
    [
      {
        a: { value: 'signals.b', default: true },
        b: { value: '!signals.c', default: true },
        c: { value: 'json || signals.a', default: true },
      },
      ['a signal cannot rest on itself: a -> b -> c -> a'],
    ],
    [{ a: { value: 'turns', default: true } }, ['expected a int, as the value is, found true']],
    [{ a: { value: 'turns', default: 1.5 } }, ['expected a int, as the value is, found 1.5']],
    [{ a: { value: 'json', default: 'x' } }, ['expected a bool, as the value is, found "x"']],
    [
      { a: { value: 'tags', default: 'x' } },
      [
        expect.stringMatching(
          /^a signal is of one of the types bool, int, double, string, list<string>; this is of type map/,
        ),
      ],
    ],
    [{ a: { value: 'json &&', default: true } }, [expect.stringMatching(/Unexpected/)]],
    [
      { a: { value: 'signals.bbbc', default: true }, bbb: { value: 'json', default: true } },
      [expect.stringMatching(/^signals\.bbbc: not defined; did you mean "bbb"/)],
    ],
    [
      { a: { value: 'keywords("legal")', default: true, cost: 'cheap' } },
      ['"a" costs text, not cheap: it looks at the text'],
    ],
    [
      { a: { value: 'topic == "law"', default: true, cost: 'cheap' } },
      ['"a" costs text, not cheap: it looks at the text'],
    ],
  ])('%j is refused', (signals, expected) => {
    const result = compiled({ signals, when: 'json' });
    expect(result.kind).toBe('invalid');
    expect(messages({ signals, when: 'json' })).toEqual(expected);
  });

  it.each(['signals == signals', 'signals["s"]', 'has(signals.s)', '(signals).s'])(
    '%s is no way to ask for one',
    (when) => {
      const result = compiled({ signals: { s: { value: 'json', default: true } }, when });
      expect(
        result.kind === 'plan' ? ask({ signals: { s: { value: 'json', default: true } }, when }, '').held : 'refused',
      ).toBe('refused');
    },
  );

  it('know what they cost', () => {
    const signals = {
      a: { value: 'turns > 1', default: false },
      b: { value: 'signals.a || topic == "law"', default: false },
      c: { value: 'signals.b', default: false, cost: 'text' },
    };
    const { signals: plans } = planOf({ signals, when: 'signals.c' });
    expect([...plans.values()].map(({ name, cost }) => `${name} ${cost}`)).toEqual(['a cheap', 'b text', 'c text']);
  });

  it('of any text compile or are refused at a place in it', () => {
    const piece = fc.constantFrom(
      'signals.s',
      'keywords("legal")',
      'keyword_count("pii")',
      'similar("x")',
      'signals',
      '.',
      's',
      '(',
      ')',
      '&&',
      '!',
      ' + 1',
      '"',
      'turns',
      'has(',
      'tokens.input',
      '[0]',
      '?',
      ':',
      '//x\n',
      'tools.exists(t, ',
      'tokens',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const value = pieces.join(' ');
        const signals = {
          s: { value: 'json', default: true },
          t: { value: value === '' ? ' ' : value, default: true },
        };
        const result = compiled({ signals, when: 'signals.t' });
        if (result.kind === 'plan') expect([true, false]).toContain(ask({ signals, when: 'signals.t' }, 'gdpr').held);
        else for (const { line, column } of result.diagnostics) expect(line >= 1 && column >= 1).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
