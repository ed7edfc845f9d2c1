// One coarse timer for all deadlines: a timer of its own for each request would cost more than the rest of the lease.
import type { Clock } from '../base/index.ts';

/** Timers that do not keep the process alive; what they return ends them. A parameter for tests. */
export interface Timers {
  every(ms: number, task: () => void): () => void;
  after(ms: number, task: () => void): () => void;
}

export const systemTimers: Timers = {
  every: (ms, task) => {
    const timer = setInterval(task, ms).unref();
    return () => clearInterval(timer);
  },
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref();
    return () => clearTimeout(timer);
  },
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
  readonly #timers: Timers;
  readonly #watched: Watched[] = [];
  #stop: (() => void) | undefined;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  add(watched: Watched): void {
    if (watched.slot !== -1) return;
    watched.slot = this.#watched.push(watched) - 1;
    this.#stop ??= this.#timers.every(TICK_MS, () => this.tick());
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
