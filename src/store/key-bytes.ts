// Keys as bytes that sort as their UTF-16 code units do, and that a person can read in redis-cli.

const SURROGATE = /[\ud800-\udfff]/;
/** The first byte of every code unit from U+D000 to U+DFFF: without it, there can be no surrogate. */
const SURROGATE_LEAD = 0xed;

/**
 * Each code unit by itself in UTF-8's form (CESU-8): the same as UTF-8 up to U+FFFF, where UTF-8 sorts by code unit already; beyond, UTF-8
 * would put an emoji behind U+FFFF. Lone surrogates survive. placeBytes's two bytes a code unit would double the memory of ASCII keys in Redis.
 */
export function keyBytes(key: string): Buffer {
  if (!SURROGATE.test(key)) return Buffer.from(key);
  const bytes: number[] = [];
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
}

/** The key of bytes that `keyBytes` made. */
export function keyFromBytes(bytes: Buffer): string {
  if (!bytes.includes(SURROGATE_LEAD)) return bytes.toString();
  const units: number[] = [];
  for (let i = 0; i < bytes.length;) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(i, i + 3);
    if (first < 0x80) units.push(first);
    else if (first < 0xe0) units.push(((first & 0x1f) << 6) | (second & 0x3f));
    else units.push(((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f));
    i += first < 0x80 ? 1 : first < 0xe0 ? 2 : 3;
  }
  // At most 900 of them: a spread is safe.
  return String.fromCharCode(...units);
}
