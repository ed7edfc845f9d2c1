// What a draft is written on: memory that is used again, since what lives as long as a batch outlives V8's young generation, and what is allocated outside of its heap makes V8 collect all of the old one.
import type { OpenSegment } from './open-segment.ts';
import { Packer } from './packer.ts';

/** Of decisions, and of outcomes. */
const MOST_ENTRIES = 256;
/** With one more and what closes it, most often two pages of the store (8 KiB each): rows of few pages leave no holes that nothing fits in when they go. */
const FULL_BYTES = 13.5 * 1024;
const FIRST_BYTES = 20 * 1024;
/** What is kept to be used again: a batch, and what gathers meanwhile, at the highest rates. */
const MOST_FREE = 64;
const MOST_FREE_BYTES = 80 * 1024;

export class Sheet {
  readonly packer = new Packer(FIRST_BYTES);
  readonly #decisions = new Uint32Array(MOST_ENTRIES);
  readonly #outcomes = new Uint32Array(MOST_ENTRIES);
  readonly #positions = new Uint16Array(MOST_ENTRIES);
  readonly #segments = Array.from<OpenSegment | undefined>({ length: MOST_ENTRIES });
  #decisionCount = 0;
  #outcomeCount = 0;

  get isFull(): boolean {
    return (
      this.#decisionCount === MOST_ENTRIES || this.#outcomeCount === MOST_ENTRIES || this.packer.position >= FULL_BYTES
    );
  }

  get isEmpty(): boolean {
    return this.#decisionCount + this.#outcomeCount === 0;
  }

  /** Where the decisions begin in the packer's bytes. */
  get decisions(): Uint32Array {
    return this.#decisions.subarray(0, this.#decisionCount);
  }

  get decisionCount(): number {
    return this.#decisionCount;
  }

  /** Where the outcomes begin. */
  get outcomes(): Uint32Array {
    return this.#outcomes.subarray(0, this.#outcomeCount);
  }

  get outcomeCount(): number {
    return this.#outcomeCount;
  }

  decisionAt(position: number): number | undefined {
    return this.#decisions[position];
  }

  addDecision(start: number): void {
    this.#decisions[this.#decisionCount++] = start;
  }

  /** `segment` and `position`: of the decision that it closes; undefined: that of another replica. */
  addOutcome(start: number, segment: OpenSegment | undefined, position: number): void {
    this.#outcomes[this.#outcomeCount] = start;
    this.#segments[this.#outcomeCount] = segment;
    this.#positions[this.#outcomeCount++] = position;
  }

  /** By outcome the segment of the decision that it closes. */
  segmentOf(outcome: number): OpenSegment | undefined {
    return this.#segments[outcome];
  }

  positionOf(outcome: number): number {
    return this.#positions[outcome] ?? 0;
  }

  /** Forgets the other outcomes. */
  keepOutcomes(keep: (outcome: number) => boolean): void {
    const count = this.#outcomeCount;
    this.#outcomeCount = 0;
    for (let i = 0; i < count; i++) {
      if (keep(i)) this.addOutcome(this.#outcomes[i] ?? 0, this.#segments[i], this.positionOf(i));
    }
  }

  clear(): void {
    this.packer.clear();
    this.#segments.fill(undefined);
    this.#decisionCount = this.#outcomeCount = 0;
  }
}

export interface Sheets {
  take(): Sheet;
  /** Nobody needs it any more. */
  giveBack(sheet: Sheet): void;
}

export function createSheets(): Sheets {
  const free: Sheet[] = [];
  return {
    take: () => free.pop() ?? new Sheet(),
    giveBack: (sheet) => {
      if (free.length === MOST_FREE || sheet.packer.room > MOST_FREE_BYTES) return;
      sheet.clear();
      free.push(sheet);
    },
  };
}
