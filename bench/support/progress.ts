// A progress bar with the time left: redrawn on a terminal, one line every tenth elsewhere.
const WIDTH = 30;
const REDRAW_MS = 100;

export interface Progress {
  /** `note` stands behind the bar. */
  advance(note: string): void;
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  readonly out: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export function createProgress({ label, total, out, now }: ProgressOptions): Progress {
  const startedAt = now();
  let done = 0;
  let drawnAt = -Infinity;
  let tenths = 0;
  const line = (note: string): string => {
    const filled = Math.round((WIDTH * done) / Math.max(1, total));
    const seconds = (now() - startedAt) / 1000;
    const rate = done / Math.max(1e-3, seconds);
    const left = done === total ? `took ${clock(seconds)}` : `ETA ${clock((total - done) / Math.max(1e-9, rate))}`;
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    return `${label} ${bar} ${done}/${total}  ${rate.toFixed(0)}/s  ${left}  ${note}`;
  };
  return {
    advance: (note) => {
      done++;
      if (out.isTTY === true) {
        if (now() - drawnAt < REDRAW_MS && done < total) return;
        drawnAt = now();
        out.write(`\r\u001b[2K${line(note)}`);
      } else if (Math.floor((10 * done) / total) > tenths) {
        tenths = Math.floor((10 * done) / total);
        out.write(`${line(note)}\n`);
      }
    },
    end: () => {
      if (out.isTTY === true) out.write('\n');
    },
  };
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
