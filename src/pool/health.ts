// Passive health of one endpoint: failures in a row eject it for a while, then a single probe decides. Pure but for the clock.
import type { Clock } from '../base/index.ts';

const EJECT_AFTER = 3;
const FIRST_EJECTION_MS = 2_000;
const LONGEST_EJECTION_MS = 60_000;

export type HealthState = 'healthy' | 'ejected' | 'probing';

/**
 * Every endpoint of a pool can be ejected at once: three failures in a row are no statistical outlier but a server that does not
 * answer, and a pool without endpoints is what routes' fallbacks are for. Within two seconds one request probes it again.
 */
export interface Health {
  readonly state: HealthState;
  /** When (monotonic ms) a request may be sent: 0 if healthy, the end of the ejection for one probe, Infinity while that is under way. */
  readonly readyAtMs: number;
  /** A request is being sent. True: it is the probe of an ejected endpoint, which takes no second one. */
  begin(): boolean;
  succeed(): void;
  fail(probe: boolean): void;
  /** The request ended without telling anything (its client left). */
  release(probe: boolean): void;
}

export function createHealth(clock: Clock, changed: (state: HealthState, reason: string) => void): Health {
  let state: HealthState = 'healthy';
  let failures = 0;
  let ejections = 0;
  let ejectedUntil = 0;
  const enter = (next: HealthState, reason: string): void => {
    if (state === next) return;
    state = next;
    changed(next, reason);
  };
  return {
    get state() {
      return state;
    },
    get readyAtMs() {
      return state === 'healthy' ? 0 : state === 'ejected' ? ejectedUntil : Infinity;
    },
    begin: () => {
      if (state !== 'ejected') return false;
      enter('probing', 'ejection is over: one request probes');
      return true;
    },
    succeed: () => {
      failures = 0;
      ejections = 0;
      enter('healthy', 'answered');
    },
    fail: (probe) => {
      // What was under way before says nothing new: a burst of failures must not lengthen the ejection once a request.
      if (state !== 'healthy' && !probe) return;
      // An older request was answered while this one probed: it has become one among others.
      const judged = probe && state === 'probing';
      failures++;
      if (!judged && failures < EJECT_AFTER) return;
      const forMs = Math.min(LONGEST_EJECTION_MS, FIRST_EJECTION_MS * 2 ** ejections);
      ejections++;
      ejectedUntil = clock.monotonicMs() + forMs;
      enter('ejected', `${failures} failures in a row: no requests for ${forMs} ms`);
    },
    release: (probe) => {
      // The probe told nothing: the next request may probe again.
      if (probe && state === 'probing') enter('ejected', 'the probe was abandoned');
    },
  };
}
