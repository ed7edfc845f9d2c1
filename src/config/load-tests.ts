// The tests that stand beside a policy: NAME.test.yaml for NAME.yaml.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parsePolicyTests, type ParsedTests, type Plan } from '../policy/index.ts';
import { configErrors } from './errors.ts';

const TESTS = /\.test\.(?:ya?ml|json)$/;

/** undefined: there are none. */
export function testsBeside(policyPath: string): string | undefined {
  const path = policyPath.replace(/\.(ya?ml|json)$/, '.test.$1');
  return path !== policyPath && existsSync(path) ? path : undefined;
}

/** Whether a file is the tests of a policy by its name. */
export function isTestsFile(path: string): boolean {
  return TESTS.test(path);
}

/** Throws configErrors.policyUnreadable. */
export async function loadTests(path: string, plan: Plan): Promise<ParsedTests> {
  return parsePolicyTests(await readText(path), path, plan);
}

/** Throws configErrors.policyUnreadable. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw configErrors.policyUnreadable.with({ cause }, path, code === 'ENOENT' ? 'there is no such file' : message);
  }
}
