// What a candidate is expected to take, from what its pool was lately observed to take.
import type { ChoiceInput } from '../types.ts';

export interface ExpectedSpeed {
  /** By arm; undefined: no answer of the pool has been seen. */
  readonly ttftMs: readonly (number | undefined)[];
  readonly e2eMs: readonly (number | undefined)[];
}

/**
 * E2E = TTFT + (output tokens - 1) x TPOT. Of answers that were not streamed only one of the two is known: the TPOT, with all of their
 * time in it, or the TTFT as the whole time where nothing was written.
 */
export function expectedSpeed({ arms, pools, expectedOutputTokens }: ChoiceInput): ExpectedSpeed {
  const ttftMs: (number | undefined)[] = [];
  const e2eMs: (number | undefined)[] = [];
  for (let i = 0; i < arms.length; i++) {
    const state = pools.get(arms[i]?.pool ?? '');
    const ttft = state?.ttftMs;
    const tpot = state?.tpotMs;
    const tokens = expectedOutputTokens[i] ?? 0;
    ttftMs.push(ttft);
    if (ttft !== undefined) e2eMs.push(ttft + Math.max(0, tokens - 1) * (tpot ?? 0));
    else e2eMs.push(tpot === undefined || tokens === 0 ? undefined : tokens * tpot);
  }
  return { ttftMs, e2eMs };
}
