// Drives one engine in (scaled) real time with a single timer for all of its sequences.
import type { Clock } from '../base/index.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { createEngine, type EngineSnapshot } from './engine.ts';
import type { LatencyMeter } from './latency-meter.ts';
import type { Sequence, SequenceSpec } from './sequence.ts';

/** Steps that one tick may run before it lets sockets have their turn. */
const MAX_STEPS_PER_TICK = 1000;

/** Called once a tick with all tokens that became due, so that tokens of several short steps go out in one write. */
export type TokenListener = (count: number, finished: boolean, sequence: Sequence) => void;

export interface StepLoop {
  submit(spec: SequenceSpec, listener: TokenListener): void;
  /** The sequence ends here and its listener hears no more; false when it was not here. */
  remove(id: number): boolean;
  snapshot(): EngineSnapshot;
  close(): void;
}

export interface StepLoopOptions {
  readonly profile: EngineProfile;
  /** Real ms for one simulated ms; 0 = no waiting at all. */
  readonly timeScale: number;
  readonly clock: Clock;
  readonly meter?: LatencyMeter;
}

interface Listening {
  readonly listener: TokenListener;
  /** Tokens of this tick; the object is kept so that a token costs no allocation. */
  due: number;
  sequence: Sequence | undefined;
}

export function createStepLoop({ profile, timeScale, clock, meter }: StepLoopOptions): StepLoop {
  const engine = createEngine(profile, meter === undefined ? {} : { meter });
  const listeners = new Map<number, Listening>();
  const startedMs = clock.monotonicMs();
  let cancel: (() => void) | undefined;

  const nowMs = (): number => (timeScale === 0 ? engine.timeMs : (clock.monotonicMs() - startedMs) / timeScale);

  /** Whoever got tokens in the steps that are due by now. */
  function runSteps(): readonly Listening[] {
    const dueMs = timeScale === 0 ? Number.POSITIVE_INFINITY : nowMs();
    const touched: Listening[] = [];
    for (let i = 0; i < MAX_STEPS_PER_TICK; i++) {
      const step = engine.beginStep();
      if (step === undefined || step.endMs > dueMs) break;
      for (const sequence of engine.endStep()) {
        const listening = listeners.get(sequence.id);
        if (listening === undefined) continue;
        if (listening.due++ === 0) touched.push(listening);
        listening.sequence = sequence;
      }
    }
    return touched;
  }

  function tick(): void {
    cancel = undefined;
    for (const listening of runSteps()) {
      const { due, sequence } = listening;
      listening.due = 0;
      // A listener before it in this tick may have removed it.
      if (sequence === undefined || listeners.get(sequence.id) !== listening) continue;
      const finished = sequence.emitted === sequence.outputTokens;
      if (finished) listeners.delete(sequence.id);
      listening.listener(due, finished, sequence);
    }
    arm();
  }

  function arm(): void {
    if (cancel !== undefined) return;
    const step = engine.beginStep();
    if (step === undefined) return;
    if (timeScale === 0) {
      const immediate = setImmediate(tick);
      cancel = () => clearImmediate(immediate);
    } else {
      // Rounded up: a timer that fires early finds nothing due. Lateness does not add up, since steps follow the engine's time line.
      const timer = setTimeout(tick, Math.max(0, Math.ceil((step.endMs - nowMs()) * timeScale)));
      cancel = () => clearTimeout(timer);
    }
  }

  return {
    submit(spec, listener) {
      engine.submit(spec, nowMs());
      listeners.set(spec.id, { listener, due: 0, sequence: undefined });
      arm();
    },
    remove(id) {
      listeners.delete(id);
      return engine.remove(id);
    },
    snapshot: () => engine.snapshot(),
    close() {
      cancel?.();
      // Nothing may arm the loop again: sequences of sockets that are still closing are removed one by one.
      cancel = () => {};
    },
  };
}
