// dist/ of a checkout: made when there is none or when sources have changed, left alone otherwise.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { tempDirectory } from './e2e/harness.ts';

const root = resolve(import.meta.dirname, '..');

function checkout() {
  const directory = tempDirectory();
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  for (const file of ['build.mjs', 'src/cli/sluice.mjs', 'src/base/own-file.ts']) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(root, file), join(directory, file));
  }
  write('package.json', '{ "type": "module", "sideEffects": false }');
  write('package-lock.json', '{}');
  write('src/embedding/transformers/encoder-worker.ts', '');
  write('src/embedding/assets/table.bin', 'rows');
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const start = () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(directory, 'src/cli/sluice.mjs')], {
      encoding: 'utf8',
    });
    expect([stderr, status]).toEqual(['', 0]);
    return stdout.trim();
  };
  const builtAt = (): number => statSync(join(directory, 'dist/cli/main.js')).mtimeMs;
  return { directory, write, start, builtAt };
}

const SAYS = (what: string): string => `
import { readFileSync } from 'node:fs';
import { ownFile } from '../base/own-file.ts';
const { serve } = await import('./serve.ts');
console.log(${JSON.stringify(what)}, serve, readFileSync(ownFile('embedding/assets/table.bin'), 'utf8'));
`;
const SERVE = `
import { v7 } from 'uuid';
import { FROM_SOURCES } from '../base/own-file.ts';
export const serve = [v7().length, FROM_SOURCES].join();
`;

it('is made at the first start, kept while nothing changes, and made anew when something does', () => {
  const { directory, write, start, builtAt } = checkout();
  write('src/cli/main.ts', SAYS('one'));
  write('src/cli/serve.ts', SERVE);
  expect(start()).toBe('one 36,false rows');
  const first = builtAt();
  expect(start()).toBe('one 36,false rows');
  expect(builtAt()).toBe(first);
  write('src/cli/main.ts', SAYS('two'));
  expect(start()).toBe('two 36,false rows');
  expect(readdirSync(directory).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  // What is inside is there with its terms.
  expect(readFileSync(join(directory, 'dist/LICENSES.txt'), 'utf8')).toMatch(/^uuid \d.*\(MIT\)\n\nThe MIT License/mu);

  // As after `npm prune --omit=dev`.
  rmSync(join(directory, 'node_modules'));
  write('src/cli/main.ts', SAYS('three'));
  expect(start()).toBe('two 36,false rows');
});

it('stays as it was when the sources cannot be built', () => {
  const { directory, write, start, builtAt } = checkout();
  write('src/cli/main.ts', SAYS('one'));
  write('src/cli/serve.ts', SERVE);
  start();
  const first = builtAt();
  write('src/cli/main.ts', 'import { nothing } from "./nowhere.ts"; nothing();');
  const { stderr, status } = spawnSync(process.execPath, [join(directory, 'src/cli/sluice.mjs')], { encoding: 'utf8' });
  expect(stderr).toContain('Could not resolve "./nowhere.ts"');
  expect(status).toBe(1);
  expect(builtAt()).toBe(first);
});

it('leaves its chunks to a process that was started from the build before', () => {
  const { directory, write, start } = checkout();
  write('src/cli/main.ts', SAYS('one'));
  write('src/cli/serve.ts', SERVE);
  start();
  const chunks = (): string[] => readdirSync(join(directory, 'dist/chunks'));
  const before = chunks();
  write('dist/chunks/of-last-year.js', '');
  utimesSync(join(directory, 'dist/chunks/of-last-year.js'), 0, 0);
  write('src/cli/serve.ts', `${SERVE}console.log('served');`);
  expect(start()).toBe('served\none 36,false rows');
  expect(chunks().length).toBeGreaterThan(before.length);
  expect(chunks()).toEqual(expect.arrayContaining(before));
  expect(chunks()).not.toContain('of-last-year.js');
  // What is published has nothing of that.
  spawnSync(process.execPath, [join(directory, 'build.mjs')]);
  const published = chunks();
  expect(before.filter((name) => !published.includes(name)).length).toBeGreaterThan(0);
});

it('has nothing in what a start reads that some file asks for late', async () => {
  const { build } = (await import(pathToFileURL(join(root, 'build.mjs')).href)) as {
    build: (out: string) => Promise<{ outputs: Record<string, Output> }>;
  };
  interface Output {
    readonly inputs: object;
    readonly imports: readonly { readonly path: string; readonly kind: string }[];
  }
  const { outputs } = await build(join(tempDirectory(), 'dist'));
  const read = new Set<string>();
  const inputs = new Set<string>();
  const follow = (file: string): void => {
    if (read.has(file)) return;
    read.add(file);
    const { imports, inputs: own } = outputs[file] ?? { imports: [], inputs: {} };
    for (const input of Object.keys(own)) inputs.add(input);
    for (const { path, kind } of imports) if (kind === 'import-statement') follow(path);
  };
  for (const [file, { inputs: own }] of Object.entries(outputs)) {
    if (['src/cli/main.ts', 'src/cli/serve.ts'].some((entry) => entry in own)) follow(file);
  }
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('.test.') && !file.includes('fixtures'))
    .map((file) => join('src', file));
  const late = sources.flatMap((file) => {
    const calls = readFileSync(join(root, file), 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/gu);
    return Array.from(calls, ([, path = '']) => join(dirname(file), path));
  });
  expect(inputs.size).toBeGreaterThan(100);
  expect(late.length).toBeGreaterThan(10);
  // The command itself is asked for late by cli/main.ts.
  expect(late.filter((file) => inputs.has(file))).toEqual(['src/cli/serve.ts']);
});
