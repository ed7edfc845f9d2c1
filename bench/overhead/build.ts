// Builds the gateway and compiles the helpers into a temporary folder laid out like the published package: what is measured is what users run.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, startChild } from '../support/child.ts';

export interface Built {
  readonly directory: string;
  /** The file that node starts as the `sluice` command. */
  readonly sluice: string;
  /** The compiled file of a helper in this folder. */
  helper(name: 'bare' | 'upstream' | 'load'): string;
  remove(): void;
}

export const SLUICE_OF_CHECKOUT = join(ROOT, 'src', 'cli', 'sluice.mjs');

/** `note` is told of what did not go as it should. Rejects when there is nothing to run. */
export async function build(note: (text: string) => void): Promise<Built> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-overhead-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'src', 'cli'), { recursive: true });
  // Without build.mjs beside it, it takes the files in dist/ as they are, as in a published package.
  const sluice = join(directory, 'src', 'cli', 'sluice.mjs');
  cpSync(SLUICE_OF_CHECKOUT, sluice);

  const building = run([join(ROOT, 'build.mjs'), join(directory, 'dist')]);
  // Heard after the listener that the first child brings along: what writes here has been killed by then.
  process.once('exit', remove);
  const failure = await building;
  if (failure !== '') throw new Error(`the gateway cannot be built:\n${failure}`);
  // A start of the checkout's own is measured too, and not what it builds where sources have changed.
  await run([SLUICE_OF_CHECKOUT, '--version']);

  const config = join(directory, 'tsconfig.json');
  const helpers = join(directory, 'helpers');
  const files = ['bare', 'upstream', 'load'].map((name) => join(import.meta.dirname, `${name}.ts`));
  const compilerOptions = { noEmit: false, rootDir: ROOT };
  writeFileSync(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, files, include: [] }));
  const wrong = await run([join(ROOT, 'node_modules', '.bin', 'tsc'), '-p', config, '--outDir', helpers]);
  // The compiler writes files in spite of type errors; whether they run shows when they are started.
  if (wrong !== '') note(`the compiler complains about the helpers:\n${wrong}`);
  return {
    directory,
    sluice,
    helper: (name) => join(helpers, 'bench', 'overhead', `${name}.js`),
    remove,
  };
}

/** Empty when all went well; else what was said. */
async function run(args: readonly string[]): Promise<string> {
  const child = startChild(args);
  const code = await child.exited;
  return code === 0 ? '' : child.tail();
}
