// Leaves a server that fails again and again alone for a while, so that it costs a request nothing.
import type { Clock } from '../../base/index.ts';

export interface Circuit {
  /** Whether the server may be asked; after a pause one call finds out for all. */
  readonly mayAsk: () => boolean;
  readonly succeeded: () => void;
  readonly failed: () => void;
}

const FAILURES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export function createCircuit({ monotonicMs }: Pick<Clock, 'monotonicMs'>): Circuit {
  let failures = 0;
  let pauses = 0;
  let until = 0;
  return {
    mayAsk: () => {
      if (failures < FAILURES) return true;
      const now = monotonicMs();
      if (now < until) return false;
      // Its fate is known before the next pause is over, or another may ask then.
      until = now + pauseMs(pauses);
      return true;
    },
    succeeded: () => {
      failures = pauses = 0;
    },
    failed: () => {
      if (++failures < FAILURES) return;
      until = monotonicMs() + pauseMs(pauses++);
    },
  };
}

function pauseMs(pauses: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
}
