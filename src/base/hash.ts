// Short non-cryptographic hashes of strings, for fingerprints, sampling by key and sharding.

/** FNV-1a over UTF-16 code units: 32 bits, unsigned. */
export function fnv1a(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Uniform in [0, 1), a pure function of its parts: what the simulator uses to be deterministic whatever the order of requests. */
export function hashUniform(seed: number, ...parts: readonly string[]): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const part of parts) hash = fnv1a(`${part}\u0000`, hash);
  // FNV alone leaves the high bits poor for short inputs.
  return mix32(hash) / 0x1_0000_0000;
}

/** murmur3's finaliser: every bit of the result depends on every bit given; one to one, unsigned. */
export function mix32(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
