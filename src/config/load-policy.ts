// A policy file -> Compiled, with the strategies that this build knows and the files that the policy names.
import { readFile } from 'node:fs/promises';
import { compilePolicy, type Compiled } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { configErrors } from './errors.ts';
import { openPolicyFiles, stampFile, type PolicyFiles } from './policy-files.ts';

/** `simProfiles`: what `sim://` endpoints may name; `files`: where it is noted what was read. Throws configErrors.policyUnreadable. */
export async function loadPolicy(
  path: string,
  simProfiles: readonly string[],
  files: PolicyFiles = openPolicyFiles(path),
): Promise<Compiled> {
  let text: string;
  files.stamps.set(path, stampFile(path));
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw configErrors.policyUnreadable.with({ cause }, path, code === 'ENOENT' ? 'there is no such file' : message);
  }
  return compilePolicy(text, path, { strategies: STRATEGIES, simProfiles, readNamed: files.read });
}
