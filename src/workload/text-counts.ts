// Characters and runs of a request's texts by class, counted over a bounded sample.
import { createPlainCounter } from './plain-counter.ts';
import { COUNT, MOST_UNITS, type TextCounter } from './text-counter.ts';
import type { TextCounts } from './text-shape.ts';
import { createWasmCounter } from './wasm-counter.ts';

const WINDOW_UNITS = 128;
const WINDOWS = 6;
/** Texts up to this length, all together, are counted whole. */
export const SAMPLE_UNITS: number = WINDOW_UNITS * WINDOWS;

/** Takes texts that have `units` UTF-16 units in sum; reads at most `SAMPLE_UNITS` of them. Never throws, keeps nothing. */
export type CountText = (texts: readonly string[], units: number) => TextCounts;

export function createCountText({ counts, take, add }: TextCounter): CountText {
  return (texts, units) => {
    for (let i = 0; i < counts.length; i++) counts[i] = 0;
    if (units > SAMPLE_UNITS) return scaled(units / countWindows(texts, units));
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i] ?? '';
      take(text);
      add(0, text.length);
    }
    return scaled(1);
  };

  /** Windows at even distances, each moved a little so that text with a period does not meet them in step; returns the units they have. */
  function countWindows(texts: readonly string[], units: number): number {
    // Up to here, taking whole texts is cheaper than cutting windows out of them.
    const isWhole = units <= MOST_UNITS;
    const stride = units / WINDOWS;
    let counted = 0;
    let begin = 0;
    let window = 0;
    let from = 0;
    for (let i = 0; i < texts.length && window < WINDOWS; i++) {
      const text = texts[i] ?? '';
      const end = begin + text.length;
      if (isWhole && from < end) take(text);
      while (window < WINDOWS && from < end) {
        // A window that a text's end cuts off goes on in the next text.
        const first = Math.max(from, begin) - begin;
        const last = Math.min(from + WINDOW_UNITS, end) - begin;
        if (isWhole) add(first, last);
        else {
          take(text.slice(first, last));
          add(0, last - first);
        }
        counted += last - first;
        if (from + WINDOW_UNITS > end) break;
        window++;
        from = Math.floor(window * stride + ((window * 0.618034) % 1) * (stride - WINDOW_UNITS));
      }
      begin = end;
    }
    return counted;
  }

  function scaled(scale: number): TextCounts {
    const of = (at: number): number => Math.round((counts[at] as number) * scale);
    return {
      letters: of(COUNT.letters),
      words: of(COUNT.words),
      digits: of(COUNT.digits),
      numbers: of(COUNT.numbers),
      marks: of(COUNT.marks),
      markRuns: of(COUNT.markRuns),
      breaks: of(COUNT.breaks),
      near: of(COUNT.near),
      far: of(COUNT.far),
      quotes: of(COUNT.quotes),
    };
  }
}

export const countText: CountText = createCountText(createWasmCounter() ?? createPlainCounter());
