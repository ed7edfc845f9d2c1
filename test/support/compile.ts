// Once before the end-to-end tests: the sources made into dist/, unless it is newer than they are.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const SLUICE = resolve(import.meta.dirname, '../../src/cli/sluice.mjs');

export function setup(): void {
  execFileSync(process.execPath, [SLUICE, '--version'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
