// The requests that wait while every endpoint of a pool is at its limit: first come, first served, and never more than so many.
import type { Clock, SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import type { Ask, Lease, Waiting } from './types.ts';

/** Callers are told to come back within this, however slow the queue. */
const LONGEST_RETRY_AFTER_SECONDS = 60;
/** Halves the weight of what is older when the drain rate is taken. */
const RATE_WINDOW_MS = 30_000;

/** 'full': somebody could take it later; 'none': nobody is left to wait for. */
export type Serve = (ask: Ask) => Lease | 'full' | 'none';

class Waiter implements Waiting {
  readonly lease: Promise<Lease>;
  readonly ask: Ask;
  readonly sinceMs: number;
  readonly timeoutMs: number;
  readonly #leave: (waiter: Waiter) => void;
  #resolve: (lease: Lease) => void = () => undefined;
  #reject: (error: SluiceError) => void = () => undefined;
  #given: Lease | undefined;

  constructor(ask: Ask, sinceMs: number, timeoutMs: number, leave: (waiter: Waiter) => void) {
    this.ask = ask;
    this.sinceMs = sinceMs;
    this.timeoutMs = timeoutMs;
    this.#leave = leave;
    this.lease = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who has left does not await it any more.
    this.lease.catch(() => undefined);
  }

  give(lease: Lease): void {
    this.#given = lease;
    this.#resolve(lease);
  }

  refuse(error: SluiceError): void {
    this.#reject(error);
  }

  cancel(): void {
    if (this.#given === undefined) this.#leave(this);
    else this.#given[Symbol.dispose]();
  }
}

export class WaitingLine {
  readonly #pool: string;
  readonly #clock: Clock;
  readonly #noEndpoint: () => SluiceError;
  #waiters: Waiter[] = [];
  #serving = false;
  /** Since when somebody has been waiting, and how many have been served since: the drain rate. */
  #busySinceMs = 0;
  #served = 0;

  /** `noEndpoint` makes the error of those who wait for nobody. */
  constructor(pool: string, clock: Clock, noEndpoint: () => SluiceError) {
    this.#pool = pool;
    this.#clock = clock;
    this.#noEndpoint = noEndpoint;
  }

  get length(): number {
    return this.#waiters.length;
  }

  join(ask: Ask, limits: { readonly size: number; readonly timeoutMs: number }): Waiting {
    const now = this.#clock.monotonicMs();
    if (this.#waiters.length >= limits.size) {
      const retryAfterSeconds = this.#retryAfterSeconds(now, limits.timeoutMs);
      return refused(poolErrors.queueFull.with({ retryAfterSeconds }, this.#pool));
    }
    if (this.#waiters.length === 0) {
      this.#busySinceMs = now;
      this.#served = 0;
    }
    const waiter = new Waiter(ask, now, limits.timeoutMs, (leaver) => {
      if (this.#drop(leaver)) leaver.refuse(poolErrors.leftQueue(this.#pool));
    });
    this.#waiters.push(waiter);
    return waiter;
  }

  /** Serves whom it can, in order; one that excludes whoever is free does not hold up the others. `free`: whether going on has a point. */
  serve(serve: Serve, free: () => boolean): void {
    // A lease that is given can change the pool's state, which calls again.
    if (this.#serving) return;
    this.#serving = true;
    for (let i = 0; i < this.#waiters.length && free();) {
      const waiter = this.#waiters[i];
      if (waiter === undefined) break;
      const served = serve(waiter.ask);
      if (served === 'full') {
        i++;
        continue;
      }
      this.#waiters.splice(i, 1);
      if (served === 'none') waiter.refuse(this.#noEndpoint());
      else {
        this.#served++;
        waiter.give(served);
      }
    }
    this.#serving = false;
  }

  /** Refuses those whose time is over. */
  expire(nowMs: number): void {
    // Backwards: those that go leave the others in their places.
    for (let i = this.#waiters.length - 1; i >= 0; i--) {
      const waiter = this.#waiters[i];
      if (waiter === undefined || nowMs - waiter.sinceMs < waiter.timeoutMs) continue;
      this.#waiters.splice(i, 1);
      const retryAfterSeconds = this.#retryAfterSeconds(nowMs, waiter.timeoutMs);
      waiter.refuse(poolErrors.queueTimeout.with({ retryAfterSeconds }, this.#pool, waiter.timeoutMs));
    }
  }

  refuseAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.refuse(this.#noEndpoint());
  }

  #drop(waiter: Waiter): boolean {
    const at = this.#waiters.indexOf(waiter);
    if (at === -1) return false;
    this.#waiters.splice(at, 1);
    return true;
  }

  /** How long the queue as it is needs to drain at the rate of late; as long as one may wait in it while nobody has been served. */
  #retryAfterSeconds(nowMs: number, timeoutMs: number): number {
    const elapsedMs = nowMs - this.#busySinceMs;
    if (elapsedMs > RATE_WINDOW_MS) {
      this.#served /= 2;
      this.#busySinceMs += elapsedMs / 2;
    }
    const drainMs = this.#served === 0 ? timeoutMs : (this.length + 1) * ((nowMs - this.#busySinceMs) / this.#served);
    return Math.min(LONGEST_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(drainMs / 1000)));
  }
}

/** Of a request that need not wait to hear that it is in vain. */
export function refused(error: SluiceError): Waiting {
  const lease = Promise.reject<Lease>(error);
  lease.catch(() => undefined);
  return { lease, cancel: () => undefined };
}
