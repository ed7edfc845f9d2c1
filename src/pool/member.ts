// One endpoint as its pool knows it: connections, load, health and speed.
import { fnv1a, type Clock } from '../base/index.ts';
import { createHealth, type Health } from './health.ts';
import { Http1Client } from './http1/index.ts';
import type { Candidate } from './pickers/index.ts';
import { Speed } from './speed.ts';
import type { Route } from './exchange.ts';
import type { HealthCheck } from './health-check.ts';
import type { Ticker } from './ticker.ts';
import type { EndpointConfig, EndpointState, PoolConfig } from './types.ts';

/** However long a server asks to be left alone. */
const LONGEST_BUSY_MS = 60_000;

/** What a pool wants to hear of its members. `reason`: its visible state is another one now, and why; undefined: only when it is ready is. */
export type Changed = (member: Member, reason: string | undefined) => void;

export class Member implements Candidate {
  readonly name: string;
  readonly url: URL;
  readonly basePath: string;
  readonly route: Route;
  /** Undefined: none is sent of our own. */
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly hasApiKey: boolean;
  readonly health: Health;
  readonly ttft = new Speed();
  readonly tpot = new Speed();
  readonly seed: number;
  weight: number;
  maxConcurrency: number;
  inFlight = 0;
  inFlightTokens = 0;
  turn = 0;
  eligible = false;
  /** Whether it takes requests, as of its pool's last look. */
  ready = true;
  /** Gone from the plan: its client closes with its last lease. */
  retired = false;
  check: HealthCheck | undefined;
  readonly #clock: Clock;
  readonly #changed: Changed;
  #busyUntilMs = 0;
  #unhealthy = false;
  #announced: EndpointState = 'healthy';
  #closed: () => void = () => undefined;

  constructor(config: EndpointConfig, pool: PoolConfig, ticker: Ticker, clock: Clock, changed: Changed) {
    const { credentials } = config;
    this.name = config.name;
    this.url = new URL(config.url);
    this.basePath = this.url.pathname.replace(/\/+$/, '');
    this.hasApiKey = credentials.kind === 'own';
    this.apiKey = credentials.kind === 'own' && credentials.key !== '' ? credentials.key : undefined;
    this.authorization = this.apiKey === undefined ? undefined : `Bearer ${this.apiKey}`;
    this.seed = fnv1a(config.name);
    this.weight = config.weight;
    this.maxConcurrency = config.maxConcurrency ?? Infinity;
    this.#clock = clock;
    this.#changed = changed;
    this.health = createHealth(clock, (_state, reason) => this.#say(reason));
    this.route = { client: new Http1Client(this.url, pool.connectTimeoutMs, clock), pool: pool.name, ticker };
  }

  /** Whether this is the endpoint that `config` describes: what it is, not how it is used. */
  is(config: EndpointConfig): boolean {
    const key = config.credentials.kind === 'own' ? (config.credentials.key ?? '') : undefined;
    const own = this.hasApiKey ? (this.apiKey ?? '') : undefined;
    return this.name === config.name && this.url.href === new URL(config.url).href && own === key;
  }

  /** Takes how it is to be used from a new plan. */
  configure(config: EndpointConfig, connectTimeoutMs: number): void {
    this.weight = config.weight;
    this.maxConcurrency = config.maxConcurrency ?? Infinity;
    this.route.client.connectTimeoutMs = connectTimeoutMs;
  }

  get state(): EndpointState {
    if (this.#unhealthy) return 'unhealthy';
    if (this.health.state !== 'healthy') return this.health.state;
    return this.#clock.monotonicMs() < this.#busyUntilMs ? 'busy' : 'healthy';
  }

  /** When (monotonic ms) it takes requests by itself; Infinity: not until something else happens. */
  get readyAtMs(): number {
    return this.#unhealthy ? Infinity : Math.max(this.health.readyAtMs, this.#busyUntilMs);
  }

  busyFor(ms: number): void {
    if (ms <= 0) return;
    const untilMs = this.#clock.monotonicMs() + Math.min(ms, LONGEST_BUSY_MS);
    if (untilMs <= this.#busyUntilMs) return;
    this.#busyUntilMs = untilMs;
    this.#say(`it asks to be left alone for ${Math.min(ms, LONGEST_BUSY_MS)} ms`);
  }

  setUnhealthy(unhealthy: boolean, reason: string): void {
    this.#unhealthy = unhealthy;
    this.#say(reason);
  }

  /** Time alone can have changed the state. */
  look(nowMs: number): void {
    this.ready = nowMs >= this.readyAtMs;
    if (this.#announced === 'busy' && this.state === 'healthy') this.#say('it has been left alone as it asked');
  }

  /** `closed` is called when its last lease has ended and its connections are closed. */
  retire(closed: () => void): void {
    this.retired = true;
    this.#closed = closed;
    this.check?.stop();
    if (this.inFlight === 0) this.#close();
  }

  leased(tokens: number): void {
    this.inFlight++;
    this.inFlightTokens += tokens;
  }

  released(tokens: number): void {
    this.inFlight--;
    // Sums of fractions do not come back to nothing by themselves.
    this.inFlightTokens = this.inFlight === 0 ? 0 : this.inFlightTokens - tokens;
    if (this.retired && this.inFlight === 0) this.#close();
  }

  #close(): void {
    this.route.client.destroy();
    this.#closed();
  }

  #say(reason: string): void {
    const { state } = this;
    const news = state !== this.#announced;
    this.#announced = state;
    this.#changed(this, news ? reason : undefined);
  }
}
