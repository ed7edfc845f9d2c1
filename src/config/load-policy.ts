// A policy file -> Compiled, with the strategies that this build knows.
import { readFile } from 'node:fs/promises';
import { compilePolicy, type Compiled } from '../policy/index.ts';
import { STRATEGIES } from '../router/index.ts';
import { configErrors } from './errors.ts';

/** `simProfiles`: what `sim://` endpoints may name. Throws configErrors.policyUnreadable. */
export async function loadPolicy(path: string, simProfiles: readonly string[]): Promise<Compiled> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw configErrors.policyUnreadable.with({ cause }, path, code === 'ENOENT' ? 'there is no such file' : message);
  }
  return compilePolicy(text, path, { strategies: STRATEGIES, simProfiles });
}
