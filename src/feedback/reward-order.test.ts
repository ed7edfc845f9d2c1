// Whatever the order of settling: every reward that was written comes out once, in the order of its number, and none before its turn.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRewardOrder } from './reward-order.ts';

it('gives every reward once, in order, as soon as all before it are settled', () => {
  const fates = fc
    .array(fc.boolean(), { maxLength: 30 })
    .chain((written) =>
      fc.tuple(fc.constant(written), fc.shuffledSubarray([...written.keys()], { minLength: written.length })),
    );
  fc.assert(
    fc.property(fates, ([written, order]) => {
      const rewards = createRewardOrder<string>();
      const numbers = written.map(() => rewards.take());
      expect(numbers).toEqual(written.map((_, i) => i + 1));
      const given: string[] = [];
      const known = new Set<number>();
      for (const i of order) {
        given.push(...rewards.settle(i + 1, written[i] === true ? `reward ${i}` : undefined));
        known.add(i);
        let whole = 0;
        while (known.has(whole)) whole++;
        expect(rewards.applied).toBe(whole);
        expect(given).toEqual([...written.keys()].filter((j) => j < whole && written[j]).map((j) => `reward ${j}`));
      }
    }),
  );
});
