// The pools: membership, load and health of every endpoint; Filter -> Score -> Pick hands out leases.
import { Pool as Client } from 'undici';
import type { Clock, Publish, Random } from '../base/index.ts';
import { startExchange } from './exchange.ts';
import { createHealth, type Health } from './health.ts';
import type { EndpointConfig, Lease, PoolConfig } from './types.ts';

/** Fixed until the policy sets them: how long an upstream may take to accept, to begin, and between two pieces of an answer. */
const TIMEOUTS_MS = { connect: 2_000, firstByte: 300_000, betweenBytes: 120_000 } as const;

export interface Pools {
  /** Live numbers, exact because they are this process's own. */
  snapshot(): ReadonlyMap<
    string,
    {
      readonly healthyEndpoints: number;
      readonly inFlight: number;
      readonly ttftMs: number | undefined;
      readonly tpotMs: number | undefined;
    }
  >;
  /** `tokens`: what the request weighs. `exclude`: endpoints already tried. undefined: nobody can take it. */
  acquire(pool: string, tokens: number, exclude: ReadonlySet<string>): Lease | undefined;
  /** Whether `acquire` would find somebody now. */
  canAcquire(pool: string, exclude: ReadonlySet<string>): boolean;
  /** Takes a new plan's pools; endpoints that stay keep connections, health and load; others drain. */
  reconcile(configs: readonly PoolConfig[]): void;
  endpoints(): readonly { pool: string; endpoint: string; state: Health['state']; inFlight: number }[];
  /** Call when no request is under way. */
  close(): Promise<void>;
}

interface Endpoint {
  readonly config: EndpointConfig;
  readonly client: Client;
  readonly basePath: string;
  readonly health: Health;
  inFlight: number;
  inFlightTokens: number;
}

export function createPools(configs: readonly PoolConfig[], clock: Clock, random: Random, publish: Publish): Pools {
  let pools = new Map<string, readonly Endpoint[]>();
  /** Of endpoints that are gone from the plan, until their last request has ended. */
  const draining = new Set<Client>();

  function open(pool: string, config: EndpointConfig): Endpoint {
    const url = new URL(config.url);
    return {
      config,
      client: new Client(url.origin, {
        connections: null,
        pipelining: 1,
        connect: { timeout: TIMEOUTS_MS.connect },
        headersTimeout: TIMEOUTS_MS.firstByte,
        bodyTimeout: TIMEOUTS_MS.betweenBytes,
      }),
      basePath: url.pathname.replace(/\/+$/, ''),
      health: createHealth(clock, (state, reason) =>
        publish({ kind: 'endpoint-changed', pool, endpoint: config.name, state, reason }),
      ),
      inFlight: 0,
      inFlightTokens: 0,
    };
  }

  function reconcile(next: readonly PoolConfig[]): void {
    const before = pools;
    pools = new Map();
    const kept = new Set<Endpoint>();
    for (const { name, endpoints } of next) {
      const members = endpoints.map((config) => {
        const same = before
          .get(name)
          ?.find(
            (e) => e.config.name === config.name && e.config.url === config.url && e.config.apiKey === config.apiKey,
          );
        const member = same ?? open(name, config);
        kept.add(member);
        return member;
      });
      pools.set(name, members);
    }
    for (const member of [...before.values()].flat()) {
      // close() lets requests under way finish.
      if (!kept.has(member)) drain(member.client);
    }
  }

  function drain(client: Client): void {
    const forget = (): void => void draining.delete(client);
    draining.add(client);
    client.close().then(forget, forget);
  }

  function takers(pool: string, exclude: ReadonlySet<string>): readonly Endpoint[] {
    return (pools.get(pool) ?? []).filter((m) => m.health.available() && !exclude.has(m.config.name));
  }

  reconcile(configs);
  return {
    reconcile,
    snapshot: () => {
      const snapshot = new Map<
        string,
        { healthyEndpoints: number; inFlight: number; ttftMs: undefined; tpotMs: undefined }
      >();
      for (const [name, members] of pools) {
        let healthyEndpoints = 0;
        let inFlight = 0;
        for (const member of members) {
          if (member.health.available()) healthyEndpoints++;
          inFlight += member.inFlight;
        }
        snapshot.set(name, { healthyEndpoints, inFlight, ttftMs: undefined, tpotMs: undefined });
      }
      return snapshot;
    },
    acquire: (pool, tokens, exclude) => {
      const picked = pickLeastTokens(takers(pool, exclude), random);
      return picked === undefined ? undefined : lease(pool, picked, tokens, publish);
    },
    canAcquire: (pool, exclude) => takers(pool, exclude).length > 0,
    endpoints: () =>
      [...pools].flatMap(([pool, members]) =>
        members.map((m) => ({ pool, endpoint: m.config.name, state: m.health.state, inFlight: m.inFlight })),
      ),
    close: async () => {
      // No request is under way any more; waiting would be for connections that nobody wants.
      const clients = [...[...pools.values()].flat().map((member) => member.client), ...draining];
      pools = new Map();
      await Promise.all(clients.map((client) => client.destroy()));
    },
  };
}

/** Fewest tokens in flight; ties at random, so that idle endpoints share the load. */
function pickLeastTokens(members: readonly Endpoint[], random: Random): Endpoint | undefined {
  const least = Math.min(...members.map((m) => m.inFlightTokens));
  const tied = members.filter((m) => m.inFlightTokens === least);
  return tied[Math.floor(random() * tied.length)];
}

function lease(pool: string, member: Endpoint, tokens: number, publish: Publish): Lease {
  let released = false;
  let told = false;
  member.inFlight++;
  member.inFlightTokens += tokens;
  const probe = member.health.begin();
  return {
    pool,
    endpoint: member.config.name,
    hasApiKey: member.config.apiKey !== undefined,
    dispatch: (request) => {
      const headers =
        member.config.apiKey === undefined || member.config.apiKey === ''
          ? request.headers
          : { ...request.headers, authorization: `Bearer ${member.config.apiKey}` };
      return startExchange(member.client, member.basePath, { ...request, headers }, pool);
    },
    withoutKey: (bytes) => {
      const { apiKey = '' } = member.config;
      if (apiKey === '' || !bytes.includes(apiKey)) return bytes;
      return Buffer.from(bytes.toString('utf8').replaceAll(apiKey, '[redacted]'));
    },
    succeeded: () => {
      told = true;
      member.health.succeed();
    },
    failed: (code) => {
      // An answer can be wrong twice (a 500 that is HTML besides); it is one failure.
      if (told) return;
      told = true;
      member.health.fail(probe);
      publish({ kind: 'attempt-failed', pool, endpoint: member.config.name, code });
    },
    [Symbol.dispose]: () => {
      if (released) return;
      released = true;
      member.inFlight--;
      member.inFlightTokens -= tokens;
      if (!told) member.health.release(probe);
    },
  };
}
