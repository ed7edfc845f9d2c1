// Short hashes of how a text begins: equal for equal beginnings and lengths, in bounded time.
import { hash } from 'node:crypto';
import { mix32 } from '../base/index.ts';

/** What is hashed of a text; beyond that its length alone counts. */
export const FINGERPRINT_UNITS = 512;

/**
 * 16 hex digits: those of SHA-1 of `head`, and of the whole text's length where `head` is cut off. For what people compare with a hash
 * of their own; 64 bits tell conversations apart.
 */
export function fingerprint(head: string, length: number): string {
  return hash('sha1', length > head.length ? `${head}\u0000${length}` : head, 'hex').slice(0, 16);
}

let lastHead = '';
let lastLength = -1;
let lastFingerprint = '';

/** The same, remembering the last one: an application sends the same system prompt with every request. */
export function systemFingerprint(head: string, length: number): string {
  if (length !== lastLength || head !== lastHead) {
    lastFingerprint = fingerprint(head, length);
    lastHead = head;
    lastLength = length;
  }
  return lastFingerprint;
}

/** UTF-8 of a head, three bytes a unit at most, and the same as words. */
const headBytes = Buffer.alloc(4 * FINGERPRINT_UNITS);
const headWords = new Int32Array(headBytes.buffer, headBytes.byteOffset, FINGERPRINT_UNITS);

/** Two multiplicative hashes with turns of their own: 64 bits. */
let high = 0;
let low = 0;

/**
 * 16 hex digits of what `before` stands for (another fingerprint or ""), of the first units of a text, and of its whole length. No hash
 * that anybody else could compute: SHA-1 takes twice as long, and this is asked for nearly every request.
 */
export function quickFingerprint(before: string, head: string, length: number): string {
  high = length;
  low = 0;
  if (before !== '') take(before);
  take(head.length > FINGERPRINT_UNITS ? head.slice(0, FINGERPRINT_UNITS) : head);
  const first = mix32(high ^ ((low << 16) | (low >>> 16)));
  return hex(first, mix32(low ^ first));
}

function take(text: string): void {
  const bytes = headBytes.write(text);
  for (let i = bytes; i < bytes + 3; i++) headBytes[i] = 0;
  const words = (bytes + 3) >>> 2;
  let one = high;
  let other = low ^ bytes;
  for (let i = 0; i < words; i++) {
    const word = headWords[i] as number;
    one = Math.imul(((one << 5) | (one >>> 27)) ^ word, 0x9e3779b1);
    other = Math.imul(((other << 11) | (other >>> 21)) ^ word, 0x85ebca77);
  }
  high = one;
  low = other;
}

const digits = Array.from({ length: 16 }, () => 0);

/** Of two unsigned numbers of 32 bits, at half of the time that `toString('hex')` of their bytes takes. */
function hex(first: number, second: number): string {
  for (let i = 0; i < 8; i++) {
    digits[i] = '0123456789abcdef'.charCodeAt((first >>> (28 - 4 * i)) & 15);
    digits[i + 8] = '0123456789abcdef'.charCodeAt((second >>> (28 - 4 * i)) & 15);
  }
  return String.fromCharCode(...digits);
}
