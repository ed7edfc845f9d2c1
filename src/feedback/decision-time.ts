// The time in a decision's id: ids sort by it, so that a span of time is a range of keys.
const HEX_DIGITS = 12;
const DIGITS = '0'.charCodeAt(0);
const LETTERS = 'a'.charCodeAt(0);

/** The smallest id that can be made at this time (ms since the epoch). */
export function firstIdAt(ms: number): string {
  return `dec_${Math.max(0, Math.floor(ms)).toString(16).padStart(HEX_DIGITS, '0')}`;
}

/** When the id was made, in ms since the epoch. */
export function timeOfId(id: string): number {
  let ms = 0;
  for (let i = 4; i < 4 + HEX_DIGITS; i++) {
    const unit = id.charCodeAt(i);
    ms = ms * 16 + (unit < LETTERS ? unit - DIGITS : unit - LETTERS + 10);
  }
  return ms;
}
