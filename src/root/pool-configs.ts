// A plan's pools -> what the pool room is given: simulated endpoints started, keys read from the environment.
import type { Logger } from 'pino';
import type { Environment } from '../config/index.ts';
import type { Plan, PoolSpec } from '../policy/index.ts';
import type { Credentials, PoolConfig } from '../pool/index.ts';
import type { EmbeddedFleet } from '../sim/index.ts';

export interface PoolSurroundings {
  readonly env: Environment;
  readonly fleet: EmbeddedFleet;
  readonly logger: Logger;
  /** Every key is added: the logger takes it out of its lines. */
  readonly secrets: Set<string>;
}

export async function poolConfigs(plan: Plan, around: PoolSurroundings): Promise<readonly PoolConfig[]> {
  return Promise.all([...plan.pools.values()].map((spec) => poolConfig(spec, around)));
}

async function poolConfig(spec: PoolSpec, { env, fleet, logger, secrets }: PoolSurroundings): Promise<PoolConfig> {
  const { name, model, pick, connectTimeoutMs, queue, healthCheck } = spec;
  const credentials = credentialsOf(spec, env, logger);
  if (credentials.kind === 'own' && credentials.key !== undefined) secrets.add(credentials.key);
  const endpoints = spec.endpoints.map(async ({ url, weight, maxConcurrency }) => ({
    name: url,
    url: url.startsWith('sim:') ? await fleet.resolve(model, url) : url,
    credentials,
    weight,
    maxConcurrency,
  }));
  return { name, pick, connectTimeoutMs, queue, healthCheck, endpoints: await Promise.all(endpoints) };
}

function credentialsOf({ name, apiKeyEnv }: PoolSpec, env: Environment, logger: Logger): Credentials {
  if (apiKeyEnv === undefined) return { kind: 'callers' };
  const key = env[apiKeyEnv] === '' ? undefined : env[apiKeyEnv];
  if (key === undefined)
    logger.warn(`pool ${name}: the environment variable ${apiKeyEnv} is not set; requests go there without a key`);
  return { kind: 'own', key };
}
