// Time as an argument: nothing below the composition root asks the system clock by itself.

/** `now` is wall time in ms since the epoch (may jump); `monotonicMs` only ever grows and is what durations are taken from. */
export interface Clock {
  now(): number;
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A clock that stands still until it is told to move; for tests and simulations. */
export function manualClock(startMs = 0): Clock & { advance(ms: number): void } {
  let at = startMs;
  return {
    now: () => at,
    monotonicMs: () => at,
    advance: (ms) => {
      at += ms;
    },
  };
}
