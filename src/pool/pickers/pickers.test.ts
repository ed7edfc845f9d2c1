// What every picker holds to, and what each is for.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1a, seededRandom } from '../../base/index.ts';
import { PICKERS, type Candidate, type Picker } from './index.ts';

type Member = { -readonly [K in keyof Candidate]: Candidate[K] } & { readonly name: string };

function member(name: string, change: Partial<Member> = {}): Member {
  return { name, weight: 1, inFlight: 0, inFlightTokens: 0, seed: fnv1a(name), eligible: true, turn: 0, ...change };
}
const members = (count: number): Member[] => Array.from({ length: count }, (_, i) => member(`http://10.0.0.${i}/v1`));

function pickName(picker: Picker, all: readonly Member[], session: string, random = seededRandom(1)): string {
  return picker(all, all.filter(({ eligible }) => eligible).length, session, random)?.name ?? 'nobody';
}

function shares(picker: Picker, all: readonly Member[], draws: number): Record<string, number> {
  const random = seededRandom(7);
  const counts: Record<string, number> = {};
  for (let i = 0; i < draws; i++) {
    const name = pickName(picker, all, `session-${i}`, random);
    counts[name] = (counts[name] ?? 0) + 1 / draws;
  }
  return counts;
}

describe.each(Object.entries(PICKERS))('%s', (_kind, picker) => {
  it('picks one that is eligible, whoever else there is', () => {
    const any = fc.record({
      weight: fc.double({ min: 0.1, max: 100, noNaN: true }),
      inFlight: fc.nat(50),
      inFlightTokens: fc.nat(100_000),
      eligible: fc.boolean(),
      turn: fc.integer({ min: -100, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 12 }), fc.string(), fc.nat(), (some, session, seed) => {
        const all = some.map((change, i) => member(`e${i}`, change));
        fc.pre(all.some(({ eligible }) => eligible));
        const name = pickName(picker, all, session, seededRandom(seed));
        expect(all.find((m) => m.name === name)?.eligible).toBe(true);
      }),
    );
  });

  it('gives idle endpoints their share by weight', () => {
    const all = [member('a', { weight: 1 }), member('b', { weight: 3 })];
    const { a = 0, b = 0 } = shares(picker, all, 8_000);
    expect(a + b).toBeCloseTo(1);
    expect(a).toBeGreaterThan(0.23);
    expect(a).toBeLessThan(0.27);
  });
});

describe('least-tokens and least-requests', () => {
  it('take the lighter of two, by tokens or by requests, for their weight', () => {
    const all = [
      member('few-long', { inFlight: 1, inFlightTokens: 900 }),
      member('many-short', { inFlight: 9, inFlightTokens: 90 }),
    ];
    expect(pickName(PICKERS['least-tokens'], all, '')).toBe('many-short');
    expect(pickName(PICKERS['least-requests'], all, '')).toBe('few-long');
    const heavy = [
      member('small', { inFlight: 2, inFlightTokens: 20 }),
      member('large', { inFlight: 3, inFlightTokens: 30, weight: 2 }),
    ];
    expect(pickName(PICKERS['least-tokens'], heavy, '')).toBe('large');
    expect(pickName(PICKERS['least-requests'], heavy, '')).toBe('large');
  });

  it.each(['least-tokens', 'least-requests'] as const)(
    '%s: the heaviest of several is never picked, the others all are',
    (kind) => {
      const all = [3, 1, 2, 0].map((load, i) => member(`e${i}`, { inFlight: load, inFlightTokens: load }));
      const got = shares(PICKERS[kind], all, 4_000);
      expect(got['e0']).toBeUndefined();
      // The lightest is in half of all pairs of four.
      expect(got['e3']).toBeGreaterThan(0.46);
      expect(got['e3']).toBeLessThan(0.54);
      expect(Object.keys(got)).toHaveLength(3);
    },
  );

  it('keep the load even: the longest line of 16 endpoints is far from what chance alone makes of it', () => {
    const all = members(16);
    const random = seededRandom(3);
    for (let i = 0; i < 1_600; i++) {
      const name = pickName(PICKERS['least-requests'], all, '', random);
      const picked = all.find((m) => m.name === name);
      if (picked !== undefined) picked.inFlight++;
    }
    expect(Math.max(...all.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(103);
  });
});

describe('round-robin', () => {
  it('spreads a heavy one’s turns out', () => {
    const all = [member('a', { weight: 5 }), member('b'), member('c')];
    const order = Array.from({ length: 14 }, () => pickName(PICKERS['round-robin'], all, ''));
    expect(order.join('')).toBe('aabacaaaabacaa');
  });
});

describe('session-hash', () => {
  const sessions = Array.from({ length: 3_000 }, (_, i) => `user-${i}`);
  const places = (all: readonly Member[]): string[] => sessions.map((s) => pickName(PICKERS['session-hash'], all, s));

  it('keeps a session in its place, whatever the load', () => {
    const all = members(5);
    const before = places(all);
    for (const m of all) m.inFlightTokens = m.seed % 1_000;
    expect(places(all)).toEqual(before);
  });

  it('moves only the sessions of the endpoint that leaves, and moves them back when it returns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(), (count, at) => {
        const all = members(count);
        const before = places(all);
        const gone = all[at % count];
        if (gone === undefined) return;
        gone.eligible = false;
        const during = places(all);
        for (const [i, place] of before.entries()) {
          if (place === gone.name) expect(during[i]).not.toBe(gone.name);
          else expect(during[i]).toBe(place);
        }
        gone.eligible = true;
        expect(places(all)).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  it('spreads a leaver’s sessions over all that stay', () => {
    const all = members(5);
    const before = places(all);
    const [gone] = all;
    if (gone !== undefined) gone.eligible = false;
    const during = places(all);
    const moved = during.filter((_place, i) => before[i] === gone?.name);
    for (const { name } of all.slice(1)) {
      const share = moved.filter((place) => place === name).length / moved.length;
      expect(share).toBeGreaterThan(0.18);
      expect(share).toBeLessThan(0.32);
    }
  });
});
