// Counts in plain JavaScript: the definition that the WebAssembly is held to, and what runs where there is none.
import { COUNT, COUNTS, type TextCounter } from './text-counter.ts';

/** Of a UTF-16 unit; the first two are letters. */
const LOWER = 0;
const UPPER = 1;
const DIGIT = 2;
const SPACE = 3;
const BREAK = 4;
const MARK = 5;
const NEAR = 6;
const FAR = 7;

const CLASS_OF = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[a-z]/.test(character)) return LOWER;
  if (/[A-Z]/.test(character)) return UPPER;
  if (/[0-9]/.test(character)) return DIGIT;
  if (character === ' ') return SPACE;
  return unit < 32 || unit === 127 ? BREAK : MARK;
});

/** Which count a unit of each class adds to; `undefined`: none. */
const COUNT_OF = [
  COUNT.letters,
  COUNT.letters,
  COUNT.digits,
  undefined,
  COUNT.breaks,
  COUNT.marks,
  COUNT.near,
  COUNT.far,
] as const;

export function createPlainCounter(): TextCounter {
  const counts = new Int32Array(COUNTS);
  let taken = '';
  const count = (at: number): void => {
    counts[at] = (counts[at] ?? 0) + 1;
  };
  return {
    engine: 'plain',
    counts,
    take(text) {
      taken = text;
    },
    add(from, to) {
      let before = BREAK;
      for (let i = from; i < to; i++) {
        const unit = taken.charCodeAt(i);
        const its = unit < 128 ? (CLASS_OF[unit] ?? MARK) : unit < 0x800 ? NEAR : FAR;
        const all = COUNT_OF[its];
        if (all !== undefined) count(all);
        // A word begins behind what is no letter, and with a capital behind a small one.
        if (its <= UPPER && (before > UPPER || (before === LOWER && its === UPPER))) count(COUNT.words);
        if (its === DIGIT && before !== DIGIT) count(COUNT.numbers);
        if (its === MARK && before !== MARK) count(COUNT.markRuns);
        if (unit === 0x22 || unit === 0x5c) count(COUNT.quotes);
        before = its;
      }
    },
  };
}
