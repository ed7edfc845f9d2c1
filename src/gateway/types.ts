// What the gateway is given by the composition root, and the caller's connection as the conductor sees it.
import type { Clock, Publish, Random, SluiceError } from '../base/index.ts';
import type { Ledger } from '../feedback/index.ts';
import type { LearnerSnapshot } from '../learning/index.ts';
import type { Pools } from '../pool/index.ts';
import type { PoolSnapshot, Router } from '../router/index.ts';
import type { Eyes, TokenCalibration } from '../workload/index.ts';

export interface Gateway {
  readonly clock: Clock;
  readonly random: Random;
  readonly publish: Publish;
  readonly eyes: Eyes;
  /** Share of traces that begin here and are recorded; undefined: no tracing. */
  readonly traceRatio: number | undefined;
  /** Estimates of input tokens, corrected by what upstreams report. */
  readonly calibration: TokenCalibration;
  readonly pools: Pools;
  readonly ledger: Ledger;
  /** Of the feature space that contexts live in. */
  readonly contextFingerprint: string;
  /** The caller's last message is kept with the decision. */
  readonly logText: boolean;
  readonly bodyLimitBytes: number;
  /** What a request is given to arrive whole; its answer has no such limit. */
  readonly arrivalMs: number;
  /** Swapped whole on reload; a request keeps the one that it started with. */
  router(): Router;
  learner(): LearnerSnapshot;
  /** undefined: ready; else why not. */
  unready(): string | undefined;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Of an error that is not in any catalogue: a bug. */
  reportBug(error: unknown): void;
}

/** What deciding takes of it: the same with servers behind the pools and without any. */
export interface Decider extends Pick<Gateway, 'clock' | 'random' | 'eyes' | 'learner'> {
  readonly calibration: Pick<TokenCalibration, 'inputTokens'>;
  readonly pools: Pick<Pools, 'retryAfterSeconds'> & { readonly snapshot: () => PoolSnapshot };
}

/** Names and values in turn, as node:http takes them without looking each up; whoever is given one may add to it. */
export type HeaderList = (string | string[])[];

/** The caller's connection, seen from the conductor. */
export interface Client {
  readonly gone: boolean;
  /** Called when the caller leaves before the answer is whole, at once if they have left; a later listener takes the place of an earlier one. */
  onGone(listener: () => void): void;
  onDrain(listener: () => void): void;
  begin(status: number, headers: HeaderList): void;
  /** False: full, wait for drain. */
  write(chunk: Buffer | string): boolean;
  end(): void;
  /** A whole answer at once. */
  send(status: number, headers: HeaderList, body: Buffer): void;
  fail(error: SluiceError, headers: HeaderList): void;
}
