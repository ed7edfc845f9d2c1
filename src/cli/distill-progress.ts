// How far a distillation is and how long it will take: one line that is written over, or a line every tenth.
import type { DistillOptions } from '../embedding/index.ts';

const STEPS = {
  pieces: 'encoding the vocabulary',
  texts: 'encoding the texts',
  fit: 'fitting the rows, some seconds',
} as const;

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

export function createProgress(to: ProgressStream, now: () => number): NonNullable<DistillOptions['onProgress']> {
  let current = '';
  let from = { done: 0, at: 0 };
  let said = -1;
  return (step, done, total) => {
    const at = now();
    if (step !== current) {
      current = step;
      // What an earlier run had encoded is no measure of speed.
      from = { done, at };
      said = -1;
    }
    const tenth = Math.floor((10 * done) / total);
    if (to.isTTY !== true && tenth === said) return;
    said = tenth;
    const rate = (done - from.done) / (at - from.at);
    const left = rate > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
    const line = step === 'fit' ? STEPS.fit : `${STEPS[step]}: ${done} of ${total}${left}`;
    if (to.isTTY === true) to.write(`\r\u001b[K${line}${done === total ? '\n' : ''}`);
    else if (step !== 'fit' || done === 0) to.write(`${line}\n`);
  };
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
