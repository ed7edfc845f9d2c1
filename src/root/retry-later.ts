// Tries something again in the background, with growing pauses, until it works or nobody wants it any more.
import type { After } from '../embedding/index.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * `attempt` resolves to what `then` is called with, or to undefined: not yet; a rejection counts as that. The first pause is before the
 * first attempt. Returns what gives up: `then` is not called after it.
 */
export function retryLater<T>(
  attempt: () => Promise<T | undefined>,
  then: (found: T) => void,
  after: After,
): () => void {
  let isWanted = true;
  let pauseMs = FIRST_PAUSE_MS;
  let cancel = pause();

  function pause(): () => void {
    const cancelled = after(pauseMs, () => void run());
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    return cancelled;
  }

  async function run(): Promise<void> {
    const found = await attempt().catch(() => undefined);
    if (!isWanted) return;
    if (found === undefined) cancel = pause();
    else then(found);
  }

  return () => {
    isWanted = false;
    cancel();
  };
}
