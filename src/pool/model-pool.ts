// The endpoints of one model: the filter marks who may take a request, the pool's picker chooses, and who finds them full may wait.
import type { Clock, Publish, Random, SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import { HealthCheck } from './health-check.ts';
import { PoolLease, type Lessor } from './lease.ts';
import { Member } from './member.ts';
import { PICKERS } from './pickers/index.ts';
import { RetryBudget, type RetryBudgetConfig } from './retry-budget.ts';
import type { Ticker, Timers, Watched } from './ticker.ts';
import type { Ask, EndpointConfig, Lease, PoolConfig, PoolNumbers, Waiting } from './types.ts';
import { refused, WaitingLine } from './waiting-line.ts';

/** For a 429 that does not say for how long. */
const DEFAULT_BUSY_MS = 1_000;

/** What all pools of a gateway share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly publish: Publish;
  readonly ticker: Ticker;
  readonly timers: Timers;
  retryBudget: RetryBudgetConfig;
}

export class ModelPool implements Lessor, Watched {
  slot = -1;
  readonly name: string;
  readonly budget: RetryBudget;
  readonly numbers: { -readonly [K in keyof PoolNumbers]: PoolNumbers[K] } = {
    healthyEndpoints: 0,
    inFlight: 0,
    inFlightTokens: 0,
    queued: 0,
    ttftMs: undefined,
    tpotMs: undefined,
  };
  members: readonly Member[] = [];
  /** When (monotonic ms) time alone makes an endpoint ready; Infinity: it does not. */
  nextChangeMs = Infinity;
  readonly #around: Surroundings;
  readonly #line: WaitingLine;
  #config: PoolConfig;
  /** The filter's counts: who may take the request; and who could if they were not full. */
  #eligible = 0;
  #reachable = 0;
  /** Those who wait already go on waiting for an endpoint that is merely busy. */
  readonly #serve = (ask: Ask): Lease | 'full' | 'none' => {
    const taken = this.#take(ask);
    return taken === 'none' && this.#anyBusy(ask.exclude) ? 'full' : taken;
  };
  readonly #anyFree = (): boolean => this.members.some((m) => m.ready && m.inFlight < m.maxConcurrency);
  readonly #always = (): boolean => true;

  constructor(config: PoolConfig, around: Surroundings, retired: (member: Member) => void) {
    this.name = config.name;
    this.#config = config;
    this.#around = around;
    this.budget = new RetryBudget(around.retryBudget, around.clock);
    this.#line = new WaitingLine(config.name, around.clock, () => this.noEndpoint());
    this.configure(config, retired);
  }

  /** Endpoints that stay keep connections, health and load; `retired` hears of those that go. */
  configure(config: PoolConfig, retired: (member: Member) => void): void {
    this.#config = config;
    const before = this.members;
    this.members = config.endpoints.map((endpoint) => {
      const member = before.find((m) => m.is(endpoint));
      member?.configure(endpoint, config.connectTimeoutMs);
      return member ?? this.#open(endpoint);
    });
    for (const member of before) if (!this.members.includes(member)) retired(member);
    for (const member of this.members) this.#watchHealth(member);
    this.numbers.inFlight = 0;
    this.numbers.inFlightTokens = 0;
    for (const member of this.members) {
      this.numbers.inFlight += member.inFlight;
      this.numbers.inFlightTokens += member.inFlightTokens;
    }
    this.look();
  }

  /** Gone from the plan. */
  retire(retired: (member: Member) => void): void {
    const { members } = this;
    this.members = [];
    for (const member of members) retired(member);
    this.#line.refuseAll();
    this.#around.ticker.remove(this);
  }

  acquire(ask: Ask): Lease | 'full' | 'none' {
    this.lookIfDue();
    return this.#take(ask);
  }

  canAcquire(exclude: ReadonlySet<string> | undefined): boolean {
    this.lookIfDue();
    this.#filter(exclude);
    return this.#eligible > 0;
  }

  enqueue(ask: Ask): Waiting {
    const taken = this.acquire(ask);
    if (taken === 'none') return refused(this.noEndpoint());
    if (taken !== 'full') return { lease: Promise.resolve(taken), cancel: () => taken[Symbol.dispose]() };
    const waiting = this.#line.join(ask, this.#config.queue);
    this.#counted();
    return {
      lease: waiting.lease,
      cancel: () => {
        waiting.cancel();
        this.#counted();
      },
    };
  }

  /** That nobody can take a request, and when somebody will. */
  noEndpoint(): SluiceError {
    const now = this.#around.clock.monotonicMs();
    const soonest = Math.min(...this.members.map((member) => member.readyAtMs));
    if (!Number.isFinite(soonest)) return poolErrors.noEndpoint(this.name);
    const retryAfterSeconds = Math.max(1, Math.ceil((soonest - now) / 1000));
    return poolErrors.noEndpoint.with({ retryAfterSeconds }, this.name);
  }

  leased(member: Member, tokens: number): void {
    member.leased(tokens);
    this.numbers.inFlight++;
    this.numbers.inFlightTokens += tokens;
  }

  released(member: Member, tokens: number): void {
    const retired = member.retired;
    member.released(tokens);
    if (retired) return;
    this.numbers.inFlight--;
    this.numbers.inFlightTokens = this.numbers.inFlight === 0 ? 0 : this.numbers.inFlightTokens - tokens;
    if (this.#line.length > 0) this.#callNext(this.#anyFree);
  }

  failed(member: Member, code: string): void {
    this.#around.publish({ kind: 'attempt-failed', pool: this.name, endpoint: member.name, code });
  }

  busy(member: Member, retryAfterSeconds: number | undefined): void {
    const others = this.members.length > 1;
    member.busyFor(retryAfterSeconds === undefined ? (others ? DEFAULT_BUSY_MS : 0) : retryAfterSeconds * 1000);
  }

  observed(): void {
    this.numbers.ttftMs = meanOf(this.members, ttftOf);
    this.numbers.tpotMs = meanOf(this.members, tpotOf);
  }

  /** The ticker's: while somebody waits. */
  check(nowMs: number): void {
    this.#line.expire(nowMs);
    this.lookIfDue();
    this.#counted();
  }

  lookIfDue(): void {
    if (this.nextChangeMs !== Infinity && this.#around.clock.monotonicMs() >= this.nextChangeMs) this.look();
  }

  /** Takes stock of who is ready, and calls in those who waited for them. */
  look(): void {
    const now = this.#around.clock.monotonicMs();
    // Looking at a member can lead back here; the last to finish has seen everything.
    for (const member of this.members) member.look(now);
    this.nextChangeMs = Infinity;
    this.numbers.healthyEndpoints = 0;
    for (const member of this.members) {
      if (member.ready) this.numbers.healthyEndpoints++;
      else this.nextChangeMs = Math.min(this.nextChangeMs, member.readyAtMs);
    }
    this.observed();
    if (this.#line.length > 0) this.#callNext(this.#always);
  }

  #take(ask: Ask): Lease | 'full' | 'none' {
    this.#filter(ask.exclude);
    if (this.#eligible === 0) return this.#reachable > 0 ? 'full' : 'none';
    const member = PICKERS[this.#config.pick](this.members, this.#eligible, ask.session, this.#around.random);
    return member === undefined ? 'none' : new PoolLease(this, member, ask.tokens);
  }

  #filter(exclude: ReadonlySet<string> | undefined): void {
    this.#eligible = 0;
    this.#reachable = 0;
    for (const member of this.members) {
      const reachable = member.ready && (exclude === undefined || !exclude.has(member.name));
      member.eligible = reachable && member.inFlight < member.maxConcurrency;
      if (reachable) this.#reachable++;
      if (member.eligible) this.#eligible++;
    }
  }

  #anyBusy(exclude: ReadonlySet<string> | undefined): boolean {
    return this.members.some((member) => member.state === 'busy' && exclude?.has(member.name) !== true);
  }

  #callNext(worthwhile: () => boolean): void {
    this.#line.serve(this.#serve, worthwhile);
    this.#counted();
  }

  #counted(): void {
    this.numbers.queued = this.#line.length;
    if (this.#line.length > 0) this.#around.ticker.add(this);
    else this.#around.ticker.remove(this);
  }

  #open(endpoint: EndpointConfig): Member {
    const { clock, publish, ticker } = this.#around;
    return new Member(endpoint, this.#config, ticker, clock, (member, reason) => {
      if (reason !== undefined)
        publish({ kind: 'endpoint-changed', pool: this.name, endpoint: member.name, state: member.state, reason });
      if (!member.retired) this.look();
    });
  }

  #watchHealth(member: Member): void {
    const config = this.#config.healthCheck;
    if (config !== undefined && member.check?.follows(config) === true) return;
    member.check?.stop();
    member.check = undefined;
    if (config !== undefined) member.check = new HealthCheck(member, config, this.#around);
    else member.setUnhealthy(false, 'it is not checked any more');
  }
}

const ttftOf = (member: Member): number | undefined => member.ttft.ms;
const tpotOf = (member: Member): number | undefined => member.tpot.ms;

function meanOf(members: readonly Member[], read: (member: Member) => number | undefined): number | undefined {
  let total = 0;
  let count = 0;
  for (const member of members) {
    const value = member.ready ? read(member) : undefined;
    if (value === undefined) continue;
    total += value;
    count++;
  }
  return count === 0 ? undefined : total / count;
}
