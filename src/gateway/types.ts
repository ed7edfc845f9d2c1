// What the gateway is given by the composition root, and the state of one request on its way.
import type { Clock, Publish, Random, SluiceError } from '../base/index.ts';
import type { Ledger } from '../feedback/index.ts';
import type { LearnerSnapshot } from '../learning/index.ts';
import type { Pools } from '../pool/index.ts';
import type { Router } from '../router/index.ts';
import type { Eyes } from '../workload/index.ts';

export interface Gateway {
  readonly clock: Clock;
  readonly random: Random;
  readonly publish: Publish;
  readonly eyes: Eyes;
  readonly pools: Pools;
  readonly ledger: Ledger;
  /** Of the feature space that contexts live in. */
  readonly contextFingerprint: string;
  /** The caller's last message is kept with the decision. */
  readonly logText: boolean;
  readonly bodyLimitBytes: number;
  /** Swapped whole on reload; a request keeps the one that it started with. */
  router(): Router;
  learner(): LearnerSnapshot;
  /** undefined: ready; else why not. */
  unready(): string | undefined;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Of an error that is not in any catalogue: a bug. */
  reportBug(error: unknown): void;
}

/** The caller's connection, seen from the conductor. */
export interface Client {
  readonly gone: boolean;
  /** Called when the caller leaves before the answer is whole, at once if they have left; a later listener takes the place of an earlier one. */
  onGone(listener: () => void): void;
  onDrain(listener: () => void): void;
  begin(status: number, headers: Readonly<Record<string, string | string[]>>): void;
  /** False: full, wait for drain. */
  write(chunk: Buffer | string): boolean;
  end(): void;
  /** A whole answer at once. */
  send(status: number, headers: Readonly<Record<string, string | string[]>>, body: Buffer): void;
  fail(error: SluiceError, headers: Readonly<Record<string, string>>): void;
}
