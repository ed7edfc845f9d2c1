// A smoothed speed: half of its weight lies on the last twenty observations.

const ALPHA = 1 - 2 ** (-1 / 20);

export class Speed {
  #count = 0;
  #value = 0;

  /** In ms; undefined until the first observation. */
  get ms(): number | undefined {
    return this.#count === 0 ? undefined : this.#value;
  }

  observe(ms: number): void {
    if (!(ms >= 0) || ms === Infinity) return;
    this.#count++;
    // A plain mean at first, or the first observation would weigh as much as the next twenty together.
    this.#value += (ms - this.#value) * Math.max(ALPHA, 1 / this.#count);
  }
}
