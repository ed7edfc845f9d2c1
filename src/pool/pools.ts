// The pools by name: what the gateway asks for leases, the router for numbers, and a new plan for a change of endpoints.
import type { Clock, Publish, Random, SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import type { Member } from './member.ts';
import { ModelPool, type Surroundings } from './model-pool.ts';
import { DEFAULT_RETRY_BUDGET, type RetryBudgetConfig } from './retry-budget.ts';
import { systemTimers, Ticker, type Timers } from './ticker.ts';
import type { Ask, EndpointNumbers, Lease, PoolConfig, PoolNumbers, Waiting } from './types.ts';
import { refused } from './waiting-line.ts';

export interface Pools {
  /** Live: the same map and the same objects each time, exact because they are this process's own. Read it at once, do not keep it. */
  snapshot(): ReadonlyMap<string, PoolNumbers>;
  /** 'full': somebody is healthy, but all are at their `maxConcurrency`; 'none': nobody is healthy, or all are excluded. */
  acquire(pool: string, ask: Ask): Lease | 'full' | 'none';
  /** Whether `acquire` would find somebody now. */
  canAcquire(pool: string, exclude: ReadonlySet<string> | undefined): boolean;
  /**
   * For 'full': waits in the pool's queue, first come, first served. Rejects at once with poolErrors.queueFull, after the queue's
   * `timeoutMs` with queueTimeout, both with a Retry-After of about what the queue needs to drain; with noEndpoint as soon as nobody is
   * left to wait for (an endpoint that is merely busy is waited for).
   */
  enqueue(pool: string, ask: Ask): Waiting;
  /** The error for 'none': with a Retry-After of when an endpoint will take requests again, if that is known. */
  noEndpoint(pool: string): SluiceError;
  /** When an endpoint of the pool will take requests again, as far as that is known. */
  readonly retryAfterSeconds: (pool: string) => number | undefined;
  /** Once for each request that comes to a pool, not for its retries: what the retry budget grows by. */
  noteRequest(pool: string): void;
  /** Before each further attempt on the pool: whether the budget allows it; if so it is spent. */
  mayRetry(pool: string): boolean;
  /** Takes a new plan's pools; endpoints that stay keep connections, health and load; others drain. */
  reconcile(configs: readonly PoolConfig[], retryBudget?: RetryBudgetConfig): void;
  endpoints(): readonly EndpointNumbers[];
  /** Waiting requests by pool. */
  queues(): ReadonlyMap<string, number>;
  /** Call when no request is under way; those that wait are refused. */
  close(): void;
}

export interface PoolsOptions {
  readonly retryBudget?: RetryBudgetConfig;
  readonly timers?: Timers;
}

export function createPools(
  configs: readonly PoolConfig[],
  clock: Clock,
  random: Random,
  publish: Publish,
  { retryBudget = DEFAULT_RETRY_BUDGET, timers = systemTimers }: PoolsOptions = {},
): Pools {
  const ticker = new Ticker(clock, timers);
  const around: Surroundings = { clock, random, publish, ticker, timers, retryBudget };
  const pools = new Map<string, ModelPool>();
  const numbers = new Map<string, PoolNumbers>();
  /** Gone from the plan, until their last request has ended. */
  const draining = new Set<Member>();

  function retire(member: Member): void {
    draining.add(member);
    member.retire(() => void draining.delete(member));
  }

  function reconcile(next: readonly PoolConfig[], budget: RetryBudgetConfig = around.retryBudget): void {
    around.retryBudget = budget;
    const names = new Set(next.map(({ name }) => name));
    for (const [name, pool] of pools) {
      if (names.has(name)) continue;
      pools.delete(name);
      numbers.delete(name);
      pool.retire(retire);
    }
    for (const config of next) {
      const pool = pools.get(config.name);
      if (pool !== undefined) {
        pool.configure(config, retire);
        pool.budget.configure(budget);
        continue;
      }
      const opened = new ModelPool(config, around, retire);
      pools.set(config.name, opened);
      numbers.set(config.name, opened.numbers);
    }
  }

  reconcile(configs);
  return {
    reconcile,
    snapshot: () => {
      for (const pool of pools.values()) pool.lookIfDue();
      return numbers;
    },
    acquire: (pool, ask) => pools.get(pool)?.acquire(ask) ?? 'none',
    canAcquire: (pool, exclude) => pools.get(pool)?.canAcquire(exclude) ?? false,
    enqueue: (pool, ask) => pools.get(pool)?.enqueue(ask) ?? refused(poolErrors.noEndpoint(pool)),
    noEndpoint: (pool) => pools.get(pool)?.noEndpoint() ?? poolErrors.noEndpoint(pool),
    retryAfterSeconds: (pool) => pools.get(pool)?.noEndpoint().retryAfterSeconds,
    noteRequest: (pool) => pools.get(pool)?.budget.deposit(),
    mayRetry: (pool) => pools.get(pool)?.budget.withdraw() ?? false,
    endpoints: () =>
      [...pools].flatMap(([pool, { members }]) =>
        members.map(({ name, state, inFlight, inFlightTokens }) => ({
          pool,
          endpoint: name,
          state,
          inFlight,
          inFlightTokens,
        })),
      ),
    queues: () => new Map([...numbers].map(([name, { queued }]) => [name, queued])),
    close: () => {
      reconcile([]);
      ticker.stop();
      // No request is under way any more; waiting would be for connections that nobody wants.
      for (const { route } of draining) route.client.destroy();
    },
  };
}
