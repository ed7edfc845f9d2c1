// Active health of one endpoint: a GET now and then, beside what its requests tell.
import type { Random } from '../base/index.ts';
import type { Listener } from './http1/index.ts';
import type { Member } from './member.ts';
import type { Timers } from './ticker.ts';
import type { HealthCheckConfig } from './types.ts';

export class HealthCheck {
  readonly #member: Member;
  readonly #config: HealthCheckConfig;
  readonly #timers: Timers;
  readonly #random: Random;
  #cancelTimer: () => void;
  #asking: AbortController | undefined;
  #stopped = false;
  /** Results in a row: passed above 0, failed below. */
  #streak = 0;

  constructor(member: Member, config: HealthCheckConfig, around: { readonly timers: Timers; readonly random: Random }) {
    this.#member = member;
    this.#config = config;
    this.#timers = around.timers;
    this.#random = around.random;
    // Somewhere in the first interval: a fleet is not asked all at once.
    this.#cancelTimer = this.#timers.after(this.#random() * config.intervalMs, () => void this.#check());
  }

  follows(config: HealthCheckConfig): boolean {
    return JSON.stringify(config) === JSON.stringify(this.#config);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#asking?.abort();
  }

  async #check(): Promise<void> {
    const problem = await this.#ask();
    if (this.#stopped) return;
    this.#take(problem);
    const gapMs = this.#config.intervalMs * (0.8 + 0.4 * this.#random());
    this.#cancelTimer = this.#timers.after(gapMs, () => void this.#check());
  }

  #take(problem: string | undefined): void {
    const passed = problem === undefined;
    this.#streak = passed ? Math.max(0, this.#streak) + 1 : Math.min(0, this.#streak) - 1;
    const { unhealthyAfter, healthyAfter } = this.#config;
    if (this.#streak === -unhealthyAfter)
      this.#member.setUnhealthy(true, `${unhealthyAfter} health checks in a row failed: ${problem}`);
    if (this.#streak === healthyAfter)
      this.#member.setUnhealthy(false, `${healthyAfter} health checks in a row passed`);
  }

  /** undefined: it is well. */
  async #ask(): Promise<string | undefined> {
    const asking = new AbortController();
    this.#asking = asking;
    const cancelTimeout = this.#timers.after(this.#config.timeoutMs, () => asking.abort());
    try {
      const status = await this.#statusOf(asking.signal);
      return isAlive(status) ? undefined : `status ${status}`;
    } catch (error) {
      return asking.signal.aborted ? `no answer within ${this.#config.timeoutMs} ms` : (error as Error).message;
    } finally {
      cancelTimeout();
      this.#asking = undefined;
    }
  }

  #statusOf(signal: AbortSignal): Promise<number> {
    const { route, authorization } = this.#member;
    const headers = authorization === undefined ? [] : ['authorization', authorization];
    return new Promise((resolve, reject) => {
      let status = 0;
      const listener: Listener = {
        onHead: (said) => (status = said),
        onData: () => undefined,
        onEnd: () => resolve(status),
        onError: reject,
      };
      // A check is to see whether the server takes connections, too.
      const request = { method: 'GET', path: this.#config.path, headers, body: undefined } as const;
      const call = route.client.ask(request, listener, true);
      signal.addEventListener('abort', () => {
        call.abort(listener);
        reject(signal.reason as Error);
      });
    });
  }
}

/** A server that only wants to know who asks is well: requests bring keys of their own. */
function isAlive(status: number): boolean {
  return (status >= 200 && status < 300) || status === 401 || status === 403;
}
