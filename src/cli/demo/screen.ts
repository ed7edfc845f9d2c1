// Draws the live view: over itself on a terminal, line by line elsewhere.
import { renderFrame, renderLine, type LiveView } from './live-view.ts';
import type { Paint } from './paint.ts';

const FRAME_MS = 250;
/** Lines of a run that cannot be redrawn. */
const PLAIN_LINES = 12;
/** Narrower, a frame could not be read. */
const LEAST_COLUMNS = 60;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

export interface Screen {
  /** Draws once more and lets go of the terminal. */
  end(): void;
}

export function openScreen(
  stream: NodeJS.WriteStream,
  options: { live: boolean; paint: Paint; durationMs: number; view: () => LiveView },
): Screen {
  const { paint, view } = options;
  const redraws = options.live && stream.isTTY && stream.columns >= LEAST_COLUMNS;
  if (!redraws) {
    const lines = setInterval(() => stream.write(`${renderLine(view())}\n`), options.durationMs / PLAIN_LINES);
    return { end: () => clearInterval(lines) };
  }
  let drawn = 0;
  const draw = (): void => {
    // One line stays free: the cursor goes there, and a frame as tall as the terminal would scroll.
    const lines = renderFrame(view(), paint, stream.columns).slice(0, Math.max(1, stream.rows - 1));
    const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
    stream.write(up + lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join('') + CLEAR_BELOW);
    drawn = lines.length;
  };
  const release = (): void => void stream.write(WRAP + SHOW_CURSOR);
  process.once('exit', release);
  stream.write(HIDE_CURSOR + NO_WRAP);
  draw();
  const frames = setInterval(draw, FRAME_MS);
  return {
    end: () => {
      clearInterval(frames);
      draw();
      release();
      process.off('exit', release);
    },
  };
}
