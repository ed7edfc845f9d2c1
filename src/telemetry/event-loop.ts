// How late timers are: the histogram that Node keeps, read and begun anew at every scrape.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Of the timer that measures; part of every recorded value, and taken off again. */
const RESOLUTION_MS = 10;

export interface EventLoopMonitor {
  /** In seconds, of the time since the last call. */
  read(): { readonly p50: number; readonly p99: number; readonly max: number };
  close(): void;
}

export function monitorEventLoop(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    read: () => {
      if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
      const delay = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS) / 1000;
      const seen = {
        p50: delay(histogram.percentile(50)),
        p99: delay(histogram.percentile(99)),
        max: delay(histogram.max),
      };
      histogram.reset();
      return seen;
    },
    close: () => void histogram.disable(),
  };
}
