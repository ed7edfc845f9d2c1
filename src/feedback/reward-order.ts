// Rewards in the order of their numbers, whatever the order in which it is known what became of them. Pure.

/** The stored sums name the last reward in them, so none may be overtaken. */
export interface RewardOrder<Reward> {
  /** The number of the last one that was given out. */
  readonly applied: number;
  /** The next number, from 1 on. */
  take(): number;
  /** Every number is settled once, with `undefined` if nothing came of it. Gives what can be taken in now, in order. */
  settle(sequence: number, reward: Reward | undefined): readonly Reward[];
}

export function createRewardOrder<Reward>(): RewardOrder<Reward> {
  let next = 1;
  let applied = 0;
  /** Settled, but one before it is not yet. */
  const settled = new Map<number, Reward | undefined>();
  return {
    get applied() {
      return applied;
    },
    take: () => next++,
    settle: (sequence, reward) => {
      settled.set(sequence, reward);
      const ready: Reward[] = [];
      for (let number = applied + 1; settled.has(number); number = applied + 1) {
        const one = settled.get(number);
        settled.delete(number);
        applied = number;
        if (one !== undefined) ready.push(one);
      }
      return ready;
    },
  };
}
