// The callers of a policy, and what is wrong with them.
import type { PolicyText } from './document.ts';
import type { Diagnostic } from './compiling.ts';
import type { CallerPlan } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

export function compileCallers(
  text: PolicyText,
  { callers, requireCaller }: WellShaped,
  found: Diagnostic[],
): ReadonlyMap<string, CallerPlan> {
  const compiled = new Map<string, CallerPlan>();
  const owners = new Map<string, string>();
  for (const [name, caller] of callers) {
    if (caller === undefined) continue;
    const { keyEnv, keySha256, role = '', tags = {} } = caller;
    const key =
      keySha256 !== undefined
        ? ({ kind: 'sha256', hex: keySha256.toLowerCase() } as const)
        : keyEnv !== undefined
          ? ({ kind: 'env', variable: keyEnv } as const)
          : undefined;
    if (key === undefined || (keyEnv !== undefined && keySha256 !== undefined)) {
      found.push(text.at(['callers', name], `caller "${name}" has one key: keyEnv or keySha256`, { key: true }));
      continue;
    }
    const written = key.kind === 'env' ? key.variable : key.hex;
    const owner = owners.get(written);
    if (owner !== undefined) {
      const where = key.kind === 'env' ? 'keyEnv' : 'keySha256';
      found.push(text.at(['callers', name, where], `callers "${owner}" and "${name}" have the same key`));
    }
    owners.set(written, name);
    compiled.set(name, { name, key, role, tags });
  }
  if (requireCaller && callers.size === 0) {
    found.push(text.at(['requireCaller'], 'nobody could be let in: the policy names no callers'));
  }
  return compiled;
}
