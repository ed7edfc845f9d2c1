// Randomness as an argument: a seeded source that is passed in wherever chance decides.
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Uniform in [0, 1) with 32 bits of resolution. */
export type Random = () => number;

/** The same 32-bit seed always gives the same sequence. */
export function seededRandom(seed: number): Random {
  // Small seeds leave the generator's first outputs close to 1: scramble the seed and skip a few.
  const generator = xoroshiro128plus(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0);
  for (let i = 0; i < 16; i++) generator.next();
  return () => (generator.next() >>> 0) / 0x1_0000_0000;
}
