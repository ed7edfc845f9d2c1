// A plan's callers -> whom a key belongs to: keys read from the environment, kept as their SHA-256.
import { configErrors } from '../config/index.ts';
import { createCallerBook, sha256Of, type CallerBook, type Plan } from '../policy/index.ts';
import type { Caller } from '../workload/index.ts';
import type { PoolSurroundings } from './pool-configs.ts';

/** undefined: the plan names none. Throws configErrors.policyInvalid when two callers have one key. */
export function openCallers(
  { callers, requireCaller }: Plan,
  { env, logger, secrets }: Omit<PoolSurroundings, 'fleet'>,
): CallerBook | undefined {
  if (callers.size === 0) return undefined;
  const known = new Map<string, Caller>();
  for (const { name, key, role, tags } of callers.values()) {
    let hex: string;
    if (key.kind === 'sha256') ({ hex } = key);
    else {
      const value = env[key.variable] ?? '';
      if (value === '') {
        logger.warn(`caller ${name}: the environment variable ${key.variable} is not set; nobody is taken for ${name}`);
        continue;
      }
      secrets.add(value);
      hex = sha256Of(value);
    }
    const other = known.get(hex);
    if (other !== undefined)
      throw configErrors.policyInvalid(`callers "${other.name}" and "${name}" have the same key`);
    known.set(hex, Object.freeze({ name, role, tags }));
  }
  return createCallerBook(known, requireCaller);
}
