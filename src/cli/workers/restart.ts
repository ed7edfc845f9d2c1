// When the successor of a worker that died may start, and when starting others makes no sense: pure.

/** How one worker's last lives ended. */
export interface Deaths {
  /** In a row, of lives that ended before they served. */
  readonly unborn: number;
  /** In a row, of lives that were short. */
  readonly early: number;
}

export const NO_DEATHS: Deaths = { unborn: 0, early: 0 };

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** A life of this length shows that starting works. */
const LONG_LIFE_MS = 10_000;
/** Together with what the waits add up to, some 2 s. */
const HOPELESS = 5;

/** `livedMs`: since it served; undefined when it never did. */
export function afterDeath(before: Deaths, livedMs: number | undefined): Deaths {
  return {
    unborn: livedMs === undefined ? before.unborn + 1 : 0,
    early: livedMs !== undefined && livedMs >= LONG_LIFE_MS ? 0 : before.early + 1,
  };
}

/** A worker that died after a long life is replaced at once. */
export function waitMs({ early }: Deaths): number {
  return early === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (early - 1), LONGEST_WAIT_MS);
}

/** Nothing serves, and nothing will: a worker that cannot start beside others that serve is tried again for ever. */
export function isHopeless({ unborn }: Deaths, serving: number): boolean {
  return serving === 0 && unborn >= HOPELESS;
}
