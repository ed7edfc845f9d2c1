// Once before the end-to-end tests: the sources compiled into dist/ as `npm run build` does it, without checking types, which `npm run types` does.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export function setup(): void {
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--noCheck'], { cwd: root, stdio: 'inherit' });
  for (const room of readdirSync(join(root, 'src'))) {
    const assets = join(root, 'src', room, 'assets');
    if (existsSync(assets)) cpSync(assets, join(root, 'dist', room, 'assets'), { recursive: true });
  }
}
