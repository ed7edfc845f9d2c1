// The whole loop in a small simulated world: predict, draw, reward, learn. Seeded; the bounds hold with room on every seed tried.
import { describe, expect, it } from 'vitest';
import { drawIndex, seededRandom } from '../base/index.ts';
import { createThompson } from './explorers/thompson.ts';
import { ARMS } from './fixtures/rewards.ts';
import { createLearner } from './learner.ts';
import { observationWeight, sparse } from './statistics.ts';

/** Chance of a good answer by topic and arm (small, medium, large): a different arm is best on each topic, the prior is wrong on two. */
const WORLD = [
  [0.9, 0.55, 0.6],
  [0.3, 0.85, 0.5],
  [0.35, 0.5, 0.8],
  [0.75, 0.45, 0.55],
] as const;
const ROUNDS = 3_000;
const KEYS = ARMS.map(({ key }) => key);

function live(seed: number, scale: number, floor: number): { regret: number; explored: number } {
  const random = seededRandom(seed);
  const learner = createLearner(ARMS, 1 + WORLD.length);
  const explorer = createThompson({ scale, floor });
  let regret = 0;
  let explored = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const topic = Math.floor(random() * WORLD.length);
    const context = new Float32Array(1 + WORLD.length);
    context[0] = 1;
    // The classifier is not always sure.
    const confidence = 0.7 + 0.3 * random();
    context[1 + topic] = confidence;
    context[1 + ((topic + 1) % WORLD.length)] = 1 - confidence;
    const { quality, sd } = learner.snapshot().predict(context, KEYS);
    const propensities = explorer.probabilities(quality, sd);
    const chosen = drawIndex(propensities, random());
    const truth: readonly number[] = WORLD[topic] ?? [];
    const value = random() < (truth[chosen] ?? 0) ? 1 : 0;
    learner.observe({
      arm: KEYS[chosen] ?? '',
      context: sparse(context),
      value,
      previousValue: undefined,
      weight: observationWeight(quality[chosen] ?? 0),
      propensity: propensities[chosen],
    });
    if (chosen !== quality.indexOf(Math.max(...quality))) explored++;
    if (round >= (2 * ROUNDS) / 3) regret += Math.max(...truth) - (truth[chosen] ?? 0);
  }
  return { regret: regret / (ROUNDS / 3), explored: explored / ROUNDS };
}

describe('the learner in a world of 3 arms and 4 topics', () => {
  it.each([1, 2, 3, 4, 5])('comes within .03 of the best arm per topic in its last third (seed %d)', (seed) => {
    expect(live(seed, 0.35, 0.01).regret).toBeLessThan(0.03);
  });

  it('explores more at scale 1 than at .35, and pays for it', () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const mean = (scale: number): number =>
      seeds.reduce((total, seed) => total + live(seed, scale, 0).explored, 0) / seeds.length;
    expect(mean(1)).toBeGreaterThan(1.5 * mean(0.35));
    expect(mean(0.35)).toBeGreaterThan(mean(0));
  });

  it('at scale 0 without a floor never leaves the best known arm', () => {
    expect(live(1, 0, 0).explored).toBe(0);
  });

  it('is the same world and the same learner for the same seed', () => {
    expect(live(7, 0.35, 0.01)).toEqual(live(7, 0.35, 0.01));
  });
});
