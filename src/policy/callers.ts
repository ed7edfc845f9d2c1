// Who a key belongs to. Keys are held as their SHA-256 alone.
import { createHash } from 'node:crypto';
import type { Caller } from '../workload/index.ts';

export interface CallerBook {
  readonly required: boolean;
  /** undefined: nobody's. */
  readonly byKey: (key: string) => Caller | undefined;
}

export function sha256Of(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** callers: by the SHA-256 of their keys, in hex. */
export function createCallerBook(callers: ReadonlyMap<string, Caller>, required: boolean): CallerBook {
  return { required, byKey: (key) => callers.get(sha256Of(key)) };
}
