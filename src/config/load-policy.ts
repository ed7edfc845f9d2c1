// A policy file -> Compiled, with the strategies that this build knows.
import { compilePolicy, type Compiled, type Depth } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { readText } from './load-tests.ts';

/** `simProfiles`: what `sim://` endpoints may name. Throws configErrors.policyUnreadable. */
export async function loadPolicy(
  path: string,
  simProfiles: readonly string[],
  depth: Depth = 'plain',
): Promise<Compiled> {
  return compilePolicy(await readText(path), path, { strategies: STRATEGIES, simProfiles }, depth);
}
