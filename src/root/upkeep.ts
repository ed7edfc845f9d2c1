// What is to be done from time to time while the gateway serves.
import type { Logger } from 'pino';
import type { Publish } from '../base/index.ts';
import type { Feedbacks, OtherSpace } from '../feedback/index.ts';
import type { KeptCalibration } from './kept-calibration.ts';

/** How often the ledger looks after itself and, with other replicas, after them. */
const KEEP_UP_MS = 1_000;
/** How often statistics and marks are written; what a crash can lose of answer lengths. Feedback is never lost. */
const CHECKPOINT_MS = 5_000;
/** What a crash can lose of the token calibration. */
const CALIBRATION_MS = 60_000;
/** What is written between two sweeps is what the log is larger than its limit; and the less goes at once, the fewer holes are left where it was. */
const SWEEP_MS = 2_000;

/** Each goes on when its last round has ended; what fails is published. Returns what stops it. */
export function startUpkeep(feedback: Feedbacks, kept: KeptCalibration, logger: Logger, publish: Publish): () => void {
  const every = (ms: number, work: () => Promise<void>): NodeJS.Timeout => {
    let busy = false;
    return setInterval(() => {
      if (busy) return;
      busy = true;
      work()
        .catch((error: unknown) => publish({ kind: 'store-failed', detail: String(error) }))
        .finally(() => (busy = false));
    }, ms).unref();
  };
  const timers = [
    every(KEEP_UP_MS, async () => warnOfRecovered(await feedback.keepUp(), logger)),
    every(CHECKPOINT_MS, () => feedback.checkpoint()),
    every(CALIBRATION_MS, () => kept.save()),
    every(SWEEP_MS, async () => {
      const { segments, feedback: rows, rewards } = await feedback.sweep();
      if (segments + rows + rewards > 0) {
        logger.debug({ segments, feedback: rows, rewards }, 'retention: rows removed that were too old or too many');
      }
    }),
  ];
  return () => timers.forEach(clearInterval);
}

/** Decisions that somebody else had left open. */
export function warnOfRecovered(count: number, logger: Logger): void {
  if (count > 0) logger.warn(`${count} decisions were left open by a process that died: closed as abandoned`);
}

/** Feature spaces that something was learnt in before the embedder or the classifier was another one. */
export function warnOfOtherSpaces(spaces: readonly OtherSpace[], logger: Logger): void {
  for (const { fingerprint, rewards } of spaces) {
    logger.warn(
      `what was learnt from ${rewards} rewards lies in another feature space (${fingerprint}) and is not mixed in: this build, with another ` +
        'embedder or classifier, begins anew; `sluice relearn` learns it again where the text of decisions was kept',
    );
  }
}
