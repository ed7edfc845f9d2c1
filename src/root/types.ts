// A gateway as whoever started it sees it, and what several processes that serve as one have in common.
import type { Logger } from 'pino';
import type { Plan } from '../policy/index.ts';
import type { EmbeddedFleet } from '../sim/index.ts';
import type { Store } from '../store/index.ts';
import type { MetricsPart } from '../telemetry/index.ts';

export interface RunningGateway {
  readonly url: string;
  readonly plan: Plan;
  readonly simulated: readonly string[];
  /** Takes the policy file up again; a broken one is refused and the old one stays. */
  reload(): Promise<void>;
  /** This process's own, for `Shared.metricsOfAll`. */
  serialiseMetrics(): Promise<MetricsPart>;
  /** Stops taking requests, waits for answers under way, writes everything down. Rejects when something of it failed, after all of it was tried. */
  close(): Promise<void>;
}

/** What processes that serve as one have in common, in place of each one's own. */
export interface Shared {
  /** Closed with the gateway; undefined: a home that every process opens for itself. `onWriteError` hears of records that were lost. */
  readonly openStore: ((onWriteError: (error: unknown) => void) => Store) | undefined;
  readonly fleet: EmbeddedFleet;
  /** What `serialiseMetrics` gives, of every process. */
  readonly metricsOfAll: () => Promise<readonly MetricsPart[]>;
}

export interface StartOptions {
  readonly logger?: Logger;
  /** In every line of the log: which of several processes this is. */
  readonly name?: Readonly<Record<string, unknown>>;
  readonly shared?: Shared;
  /** What a request is given to arrive whole; a minute unless given. */
  readonly arrivalMs?: number;
}
