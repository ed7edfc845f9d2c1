// How far the heap may grow before it is collected as a whole (docs/adr/0014-room-for-the-heap.md).
import { setFlagsFromString } from 'node:v8';

const FLAG = '--heap-growing-percent';

/**
 * To twice its size. V8 gives a small heap whose collections take little of the time 8 MiB, in which it counts buffers outside of it too: under load
 * it is collected again and again, and meanwhile nobody is served. Only for whoever serves; what node itself was started with has the say.
 */
export function giveHeapRoom(given: readonly string[] = process.execArgv, setFlags = setFlagsFromString): void {
  if (!given.some((flag) => flag.startsWith(FLAG))) setFlags(`${FLAG}=100`);
}
