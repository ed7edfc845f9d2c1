// One coarse timer for all deadlines: a timer of its own for each request would cost more than the rest of the lease.
import type { Clock } from '../base/index.ts';

/** Repeats a task until the returned function is called, without keeping the process alive; a parameter for tests. */
export type Every = (ms: number, task: () => void) => () => void;

export const systemEvery: Every = (ms, task) => {
  const timer = setInterval(task, ms).unref();
  return () => clearInterval(timer);
};

/** Deadlines are noticed up to two ticks late, never early. */
export const TICK_MS = 50;

export interface Watched {
  /** Its place in the ticker's list; -1: not watched. The ticker's to write. */
  slot: number;
  check(nowMs: number): void;
}

/** Ticks while anything is watched. */
export class Ticker {
  readonly #clock: Clock;
  readonly #every: Every;
  readonly #watched: Watched[] = [];
  #stop: (() => void) | undefined;

  constructor(clock: Clock, every: Every) {
    this.#clock = clock;
    this.#every = every;
  }

  add(watched: Watched): void {
    if (watched.slot !== -1) return;
    watched.slot = this.#watched.push(watched) - 1;
    this.#stop ??= this.#every(TICK_MS, () => this.tick());
  }

  /** The last takes the place of what goes, so that going is cheap. */
  remove(watched: Watched): void {
    const { slot } = watched;
    if (slot === -1) return;
    watched.slot = -1;
    const last = this.#watched.pop();
    if (last === undefined || last === watched) return;
    this.#watched[slot] = last;
    last.slot = slot;
  }

  tick(): void {
    const now = this.#clock.monotonicMs();
    // Backwards: what is checked may be removed, and the one that takes its place has been checked.
    for (let i = this.#watched.length - 1; i >= 0; i--) this.#watched[i]?.check(now);
    // Only here: starting a timer for each lone request would cost more than a few idle ticks.
    if (this.#watched.length === 0) this.stop();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
