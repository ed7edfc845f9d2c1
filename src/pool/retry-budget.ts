// How many retries a pool's traffic has earned, after Finagle's RetryBudget: an outage must not be multiplied by those who try again.
import type { Clock } from '../base/index.ts';

export interface RetryBudgetConfig {
  /** Retries per request. */
  readonly ratio: number;
  /** Retries a second that are allowed however little traffic there is. */
  readonly minPerSecond: number;
}

export const DEFAULT_RETRY_BUDGET: RetryBudgetConfig = { ratio: 0.2, minPerSecond: 10 };

const WINDOW_SECONDS = 10;

/** Deposits and withdrawals count for ten seconds, in slots of one; the reserve is on top of them. */
export class RetryBudget {
  #ratio = 0;
  #reserve = 0;
  readonly #clock: Clock;
  readonly #slots = new Float64Array(WINDOW_SECONDS);
  #second: number;
  #balance = 0;

  constructor(config: RetryBudgetConfig, clock: Clock) {
    this.#clock = clock;
    this.#second = this.#now();
    this.configure(config);
  }

  /** What has been earned and spent stays. */
  configure({ ratio, minPerSecond }: RetryBudgetConfig): void {
    this.#ratio = ratio;
    this.#reserve = minPerSecond * WINDOW_SECONDS;
  }

  /** A request has come in. */
  deposit(): void {
    this.#add(this.#ratio);
  }

  /** Whether one more retry is within the budget; if so it is spent. */
  withdraw(): boolean {
    this.#forget();
    // A hair of slack: five deposits of 0.2 are one retry.
    if (this.#balance + this.#reserve < 1 - 1e-9) return false;
    this.#add(-1);
    return true;
  }

  #add(amount: number): void {
    this.#forget();
    const slot = this.#second % WINDOW_SECONDS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + amount;
    this.#balance += amount;
  }

  #forget(): void {
    const second = this.#now();
    if (second === this.#second) return;
    const passed = Math.min(WINDOW_SECONDS, second - this.#second);
    for (let i = 1; i <= passed; i++) this.#slots[(this.#second + i) % WINDOW_SECONDS] = 0;
    this.#second = second;
    this.#balance = 0;
    for (const amount of this.#slots) this.#balance += amount;
  }

  #now(): number {
    return Math.floor(this.#clock.monotonicMs() / 1000);
  }
}
