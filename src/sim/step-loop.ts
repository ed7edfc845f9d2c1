// Drives one engine in (scaled) real time with a single timer for all of its sequences.
import type { Clock } from '../base/index.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { createEngine, type EngineSnapshot, type SequenceSpec } from './engine.ts';

/** Steps that one tick may run before it lets sockets have their turn. */
const MAX_STEPS_PER_TICK = 1000;

/** Called once a tick with all tokens that became due, so that tokens of several short steps go out in one write. */
export type TokenListener = (count: number, finished: boolean) => void;

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
}

export function createStepLoop({ profile, timeScale, clock }: StepLoopOptions): StepLoop {
  const engine = createEngine(profile);
  const listeners = new Map<number, TokenListener>();
  const startedMs = clock.monotonicMs();
  let cancel: (() => void) | undefined;

  const nowMs = (): number => (timeScale === 0 ? engine.timeMs : (clock.monotonicMs() - startedMs) / timeScale);

  function tick(): void {
    cancel = undefined;
    const dueMs = timeScale === 0 ? Number.POSITIVE_INFINITY : nowMs();
    const counts = new Map<number, number>();
    const finished = new Set<number>();
    for (let i = 0; i < MAX_STEPS_PER_TICK; i++) {
      const step = engine.beginStep();
      if (step === undefined || step.endMs > dueMs) break;
      for (const sequence of engine.endStep()) {
        counts.set(sequence.id, (counts.get(sequence.id) ?? 0) + 1);
        if (sequence.emitted === sequence.outputTokens) finished.add(sequence.id);
      }
    }
    for (const [id, count] of counts) {
      const listener = listeners.get(id);
      if (finished.has(id)) listeners.delete(id);
      listener?.(count, finished.has(id));
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
      listeners.set(spec.id, listener);
      engine.submit(spec, nowMs());
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
