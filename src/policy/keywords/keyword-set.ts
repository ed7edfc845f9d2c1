// One set of keywords, ready to be looked for.
import { Phrases } from './phrases.ts';
import { FINDERS, type PersonalData } from './personal-data.ts';
import type { Reading } from './reading.ts';

/** Which of a set's entries stand in a text. */
export interface KeywordSet {
  readonly in: 'last' | 'all';
  /** Whether any entry hits; stops at the first. */
  readonly any: (reading: Reading) => boolean;
  /** How many distinct entries hit: literals, patterns and kinds of personal data; what stands for text that was not read counts as one. */
  readonly count: (reading: Reading) => number;
}

export interface KeywordParts {
  readonly literals: readonly string[];
  readonly patterns: readonly ((text: string) => boolean)[];
  readonly builtins: readonly PersonalData[];
  readonly tolerance: number;
  readonly in: 'last' | 'all';
  /** Text beyond what is read is a hit. */
  readonly beyondHits: boolean;
}

export function createKeywordSet(parts: KeywordParts): KeywordSet {
  const { literals, beyondHits } = parts;
  const phrases = literals.length === 0 ? undefined : new Phrases(literals, parts.tolerance);
  const tests = [...parts.patterns, ...parts.builtins.map((kind) => FINDERS[kind])];
  return {
    in: parts.in,
    any: (reading) => {
      if (beyondHits && reading.cut) return true;
      let hit = false;
      if (phrases !== undefined) {
        for (const text of reading.folded()) {
          phrases.scan(text, () => (hit = true));
          if (hit) return true;
        }
      }
      return tests.some((test) => reading.texts.some(test));
    },
    count: (reading) => {
      const hits = new Set<number>();
      if (phrases !== undefined) {
        for (const text of reading.folded()) phrases.scan(text, (i) => (hits.add(i), false));
      }
      const others = tests.filter((test) => reading.texts.some(test)).length;
      return hits.size + others + (beyondHits && reading.cut ? 1 : 0);
    },
  };
}
