// What every strategy promises, over the table: a new line in STRATEGIES is tested by itself.
import { assert, constantFrom, double, property, record, string, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawIndex, seededRandom, SluiceError } from '../../base/index.ts';
import { decide } from '../decide.ts';
import { inputOf, learnerOf, poolsBut, routerOf, workloadOf } from '../fixtures/requests.ts';
import type { PoolSnapshot } from '../types.ts';
import { STRATEGIES } from './index.ts';

/** Options that make each strategy do more than its defaults. */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  weighted: [
    '{ kind: weighted, weights: { small: 3, large: 0 } }',
    '{ kind: weighted, weights: { small: 0, large: 0, twin: 0 } }',
  ],
  semantic: [
    '{ kind: semantic, costWeight: 0 }',
    '{ kind: semantic, minQuality: 0.75 }',
    '{ kind: semantic, minQuality: 1 }',
  ],
  bandit: ['{ kind: bandit, costWeight: 0, scale: 1, floor: 0.3 }', '{ kind: bandit, scale: 0, floor: 0 }'],
  fastest: ['{ kind: fastest, floor: 0.5 }', '{ kind: fastest, floor: 0 }'],
  cascade: ['{ kind: cascade, stages: [small, large] }', '{ kind: cascade, stages: [twin, small, large] }'],
};
const cases = Object.keys(STRATEGIES).flatMap((kind) => [kind, ...(EXTRA[kind] ?? [])]);

const situation = record({
  dead: subarray(['small', 'large', 'twin']),
  input: constantFrom(10, 900, 1_500, 3_000, 5_000),
  draw: double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  session: string({ maxLength: 8 }),
  about: constantFrom('code', 'law', 'unknown'),
  operation: constantFrom('chat', 'completion', 'embedding'),
  ttftMs: constantFrom(undefined, 50, 400),
  slo: constantFrom(undefined, { ttftMs: 100, tpotMs: undefined, e2eMs: 3_000 }),
});

/** `small` alone has been observed, so that strategies that look have something to look at. */
function poolsWith(ttftMs: number | undefined, dead: readonly string[]): PoolSnapshot {
  const pools = new Map(poolsBut(...dead));
  const state = pools.get('small');
  if (state !== undefined) pools.set('small', { ...state, ttftMs, tpotMs: ttftMs === undefined ? undefined : 10 });
  return pools;
}

describe.each(cases)('%s', (strategy) => {
  const router = routerOf(strategy);
  const learner = learnerOf(router);
  const random = seededRandom(3);
  for (let i = 0; i < 200; i++) {
    learner.observe({
      arm: ['sim-8b@small', 'sim-70b@large', 'sim-70b@twin'][i % 3] ?? '',
      context: { indices: [0, 1 + (i % 15)], values: [1, 1] },
      value: random(),
      previousValue: undefined,
      weight: 4,
      propensity: undefined,
    });
  }
  const snapshot = learner.snapshot();

  it('keeps its promises whoever is dead or too small', () => {
    assert(
      property(situation, ({ dead, input, draw, session, about, operation, ttftMs, slo }) => {
        const workload = workloadOf({
          about: about as 'code',
          operation: operation as 'chat',
          slo,
          session,
          tokens: { input, maxOutput: undefined },
        });
        const given = inputOf(router, { workload, draw, learner: snapshot, pools: poolsWith(ttftMs, dead) });
        const window = { small: 1_000, large: 4_000, twin: 2_000 };
        const alive = Object.entries(window).flatMap(([pool, size]) =>
          dead.includes(pool) || input >= size ? [] : [pool],
        );
        if (alive.length === 0) {
          expect(() => decide(router, given)).toThrow(SluiceError);
          return;
        }
        const decision = decide(router, given);
        const order = decision.stages.flatMap(({ pool, fallbacks }) => [pool, ...fallbacks]);
        expect(new Set(order).size).toBe(order.length);
        for (const pool of order) expect(alive).toContain(pool);
        // All arms are in the order, but for a cascade that names its stages: those of them that are left, if any are.
        const named =
          decision.strategy === 'cascade'
            ? (router.plan.routes[0]?.strategy.options['stages'] as string[] | undefined)
            : undefined;
        const staged = (named ?? []).filter((pool) => alive.includes(pool));
        expect(order.toSorted()).toEqual((staged.length > 0 ? staged : alive).toSorted());

        const propensities = decision.candidates.map(({ propensity }) => propensity);
        expect(propensities.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
        for (const p of propensities) expect(p >= 0 && p <= 1 + 1e-12).toBe(true);
        for (const { pool, excluded, propensity } of decision.candidates) {
          expect(excluded === undefined).toBe(alive.includes(pool));
          if (excluded !== undefined) expect(propensity).toBe(0);
        }
        expect(decision.candidates.find(({ pool }) => pool === order[0])?.propensity).toBeGreaterThan(0);
        expect(decision.reason).toMatch(/^[\x20-\x7e]+$/);
        // Only stages that another one follows are judged.
        decision.stages.forEach(({ accept }, i) => {
          expect(accept !== undefined).toBe(decision.strategy === 'cascade' && i < decision.stages.length - 1);
          expect(accept !== undefined && operation !== 'chat').toBe(false);
        });
      }),
    );
  });

  it('chooses again the same from what the decision says', () => {
    assert(
      property(situation, ({ draw, session, about, dead, ttftMs, slo }) => {
        if (dead.length === 3) return;
        const workload = workloadOf({ about: about as 'code', session, slo });
        const given = inputOf(router, { workload, draw, learner: snapshot, pools: poolsWith(ttftMs, dead) });
        const decision = decide(router, given);
        expect(decide(router, given)).toEqual(decision);
        const propensities = decision.candidates.map(({ propensity }) => propensity);
        const randomised = decision.strategy !== 'weighted' && Math.max(...propensities) < 1;
        if (randomised)
          expect(decision.candidates[drawIndex(propensities, decision.draw)]?.pool).toBe(decision.stages[0].pool);
        else if (decision.strategy !== 'weighted')
          expect(propensities[decision.candidates.findIndex((c) => c.pool === decision.stages[0].pool)]).toBe(1);
      }),
    );
  });

  it('chooses as often as its propensities say', () => {
    const counts = new Map<string, number>();
    const draws = 1_500;
    let said: readonly (readonly [string, number])[] = [];
    const chance = seededRandom(8);
    for (let i = 0; i < draws; i++) {
      const workload = workloadOf({ session: `session-${i}` });
      const decision = decide(router, inputOf(router, { workload, draw: chance(), learner: snapshot }));
      counts.set(decision.stages[0].pool, (counts.get(decision.stages[0].pool) ?? 0) + 1);
      said = decision.candidates.map(({ pool, propensity }) => [pool, propensity]);
    }
    for (const [pool, propensity] of said)
      expect(Math.abs((counts.get(pool) ?? 0) / draws - propensity)).toBeLessThan(0.05);
  });
});
