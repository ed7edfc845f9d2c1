// An endpoint held for one attempt: it counts while it is held, and brings back what became of it.
import { HttpExchange } from './exchange.ts';
import type { Member } from './member.ts';
import type { Exchange, Lease, UpstreamRequest } from './types.ts';

/** What a lease tells its pool. */
export interface Lessor {
  readonly name: string;
  leased(member: Member, tokens: number): void;
  released(member: Member, tokens: number): void;
  failed(member: Member, code: string): void;
  busy(member: Member, retryAfterSeconds: number | undefined): void;
  observed(): void;
}

export class PoolLease implements Lease {
  readonly #lessor: Lessor;
  readonly #member: Member;
  readonly #tokens: number;
  readonly #probe: boolean;
  #exchange: HttpExchange | undefined;
  #told = false;
  #released = false;

  constructor(lessor: Lessor, member: Member, tokens: number) {
    this.#lessor = lessor;
    this.#member = member;
    this.#tokens = tokens;
    lessor.leased(member, tokens);
    this.#probe = member.health.begin();
  }

  get pool(): string {
    return this.#lessor.name;
  }

  get endpoint(): string {
    return this.#member.name;
  }

  get hasApiKey(): boolean {
    return this.#member.hasApiKey;
  }

  dispatch(request: UpstreamRequest): Exchange {
    const { authorization, basePath, route } = this.#member;
    if (authorization !== undefined) request.headers.push('authorization', authorization);
    const exchange = new HttpExchange(route, request.timeouts);
    this.#exchange = exchange;
    exchange.start({ method: 'POST', path: basePath + request.path, headers: request.headers, body: request.body });
    return exchange;
  }

  withoutKey(bytes: Buffer): Buffer {
    const { apiKey } = this.#member;
    if (apiKey === undefined || !bytes.includes(apiKey)) return bytes;
    return Buffer.from(bytes.toString('utf8').replaceAll(apiKey, '[redacted]'));
  }

  succeeded(): void {
    if (this.#told) return;
    this.#told = true;
    this.#member.health.succeed();
  }

  failed(code: string): void {
    // An answer can be wrong twice (a 500 that is HTML besides); it is one failure.
    if (this.#told) return;
    this.#told = true;
    this.#member.health.fail(this.#probe);
    this.#lessor.failed(this.#member, code);
  }

  busy(retryAfterSeconds: number | undefined): void {
    if (this.#told) return;
    this.#told = true;
    // Who says that it is busy lives, which is all that a probe asks; a server between two failures it does not excuse.
    if (this.#probe) this.#member.health.succeed();
    this.#lessor.busy(this.#member, retryAfterSeconds);
  }

  observe(ttftMs: number | undefined, tpotMs: number | undefined): void {
    if (ttftMs !== undefined) this.#member.ttft.observe(ttftMs);
    if (tpotMs !== undefined) this.#member.tpot.observe(tpotMs);
    this.#lessor.observed();
  }

  [Symbol.dispose](): void {
    if (this.#released) return;
    this.#released = true;
    if (!this.#told) {
      const status = this.#exchange?.status ?? 0;
      // The caller's fault or a wrong key: the server answered.
      if (status >= 400 && status < 500) this.#member.health.succeed();
      else this.#member.health.release(this.#probe);
    }
    this.#lessor.released(this.#member, this.#tokens);
  }
}

/** A copy: the caller's object may go to another pool next. */
