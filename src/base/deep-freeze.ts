// Freezes configuration and snapshots through and through (typed arrays cannot be frozen and stay as they are).
export type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** Maps are sealed too: `Object.freeze` alone leaves their `set` working. Cycles are fine. */
export function deepFreeze<T>(value: T): T {
  freezeOnce(value, new Set());
  return value;
}

function freezeOnce(value: unknown, seen: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Map) {
    for (const method of ['set', 'delete', 'clear'] as const) Object.defineProperty(value, method, { value: refuse });
    for (const [key, child] of value) {
      freezeOnce(key, seen);
      freezeOnce(child, seen);
    }
  }
  Object.freeze(value);
  for (const child of Object.values(value)) freezeOnce(child, seen);
}

function refuse(): never {
  throw new TypeError('this map is frozen');
}
