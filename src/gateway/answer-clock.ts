// When the pieces of an answer came.
import type { Clock } from '../base/index.ts';

export class AnswerClock {
  readonly #clock: Clock;
  readonly #sentAtMs: number;
  #firstAtMs: number | undefined;
  /** To be called at the first piece of the answer's body. */
  readonly first = (): void => {
    this.#firstAtMs = this.#clock.monotonicMs();
  };

  /** `sentAtMs`: when the request was sent, of the same clock. */
  constructor(clock: Clock, sentAtMs: number) {
    this.#clock = clock;
    this.#sentAtMs = sentAtMs;
  }

  /** From sending the request to the first piece of the answer's body. */
  get ttftMs(): number | undefined {
    return this.#firstAtMs === undefined ? undefined : this.#firstAtMs - this.#sentAtMs;
  }

  /** Mean time between two tokens, from the first to now. */
  itlMs(outputTokens: number): number | undefined {
    if (this.#firstAtMs === undefined || outputTokens < 2) return undefined;
    return (this.#clock.monotonicMs() - this.#firstAtMs) / (outputTokens - 1);
  }
}
