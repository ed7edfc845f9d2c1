// One port for all workers, also where the system may choose it: the first worker's is everybody's.

export interface SharedPort {
  /** What the next worker is to listen on. `others`: what those that live have been told. */
  forNext(others: readonly (number | undefined)[]): number;
  /** Where a worker listens: false when that is not where the others do. */
  isOurs(url: string): boolean;
}

/**
 * Workers that ask node:cluster for port 0 share one that the primary holds, from the first one's call on until the last of them is gone: it is
 * never free in between. After that the same port is asked for by its number.
 */
export function createSharedPort(configured: number): SharedPort {
  let known: number | undefined;
  return {
    forNext: (others) => (others.includes(0) ? 0 : (known ?? configured)),
    isOurs: (url) => {
      const port = portOf(url);
      return port === (known ??= port);
    },
  };
}

/** An address of HTTP leaves its usual port out. */
function portOf(url: string): number {
  const { port } = new URL(url);
  return port === '' ? 80 : Number(port);
}
