// A policy file -> Compiled, with the strategies that this build knows and the files that the policy names.
import { compilePolicy, type Compiled, type Depth } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { readText } from './load-tests.ts';
import { openPolicyFiles, stampFile, type PolicyFiles } from './policy-files.ts';

export interface LoadOptions {
  /** Where it is noted what was read. */
  readonly files?: PolicyFiles | undefined;
  readonly depth?: Depth;
}

/** `simProfiles`: what `sim://` endpoints may name. Throws configErrors.policyUnreadable. */
export async function loadPolicy(
  path: string,
  simProfiles: readonly string[],
  { files = openPolicyFiles(path), depth = 'plain' }: LoadOptions = {},
): Promise<Compiled> {
  files.stamps.set(path, stampFile(path));
  const text = await readText(path);
  return compilePolicy(text, path, { strategies: STRATEGIES, simProfiles, readNamed: files.read }, depth);
}
