// What a candidate is expected to take, from what its pool was lately observed to take.
import type { ChoiceInput } from '../types.ts';

export interface ExpectedSpeed {
  /** By arm; undefined: no answer of the pool has been seen. */
  readonly ttftMs: readonly (number | undefined)[];
  readonly e2eMs: readonly (number | undefined)[];
}

/**
 * E2E = TTFT + (output tokens - 1) x TPOT. A pool of which only the TTFT is known has given its answers in one piece: that
 * is then the whole time.
 */
export function expectedSpeed({ arms, pools, expectedOutputTokens }: ChoiceInput): ExpectedSpeed {
  const ttftMs: (number | undefined)[] = [];
  const e2eMs: (number | undefined)[] = [];
  for (let i = 0; i < arms.length; i++) {
    const state = pools.get(arms[i]?.pool ?? '');
    const ttft = state?.ttftMs;
    ttftMs.push(ttft);
    e2eMs.push(
      ttft === undefined ? undefined : ttft + Math.max(0, (expectedOutputTokens[i] ?? 0) - 1) * (state?.tpotMs ?? 0),
    );
  }
  return { ttftMs, e2eMs };
}
