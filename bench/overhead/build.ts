// Compiles the gateway and the helpers into a temporary folder laid out like the published package: what is measured is what users run.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, startCommand } from '../support/child.ts';

export interface Built {
  readonly directory: string;
  /** False: the sources do not compile, and the gateway runs from them. */
  readonly compiled: boolean;
  /** Arguments to node that start the `sluice` command. */
  readonly sluice: string;
  /** The compiled file of a helper in this folder. */
  helper(name: 'bare' | 'upstream' | 'load'): string;
  remove(): void;
}

export const SLUICE_FROM_SOURCES = join(ROOT, 'src', 'cli', 'sluice.mjs');

/** `note` is told of what did not go as it should. */
export async function build(note: (text: string) => void): Promise<Built> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-overhead-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'src', 'cli'), { recursive: true });
  // Without main.ts beside it, it takes the compiled files, as in a published package.
  const sluice = join(directory, 'src', 'cli', 'sluice.mjs');
  cpSync(SLUICE_FROM_SOURCES, sluice);

  const dist = join(directory, 'dist');
  const compiling = compile(join(ROOT, 'tsconfig.build.json'), dist, ['--declaration', 'false']);
  // Heard after the listener that the first child brings along: what writes here has been killed by then.
  process.once('exit', remove);
  const complaints = await compiling;
  for (const room of readdirSync(join(ROOT, 'src'))) {
    const assets = join(ROOT, 'src', room, 'assets');
    if (existsSync(assets)) cpSync(assets, join(dist, room, 'assets'), { recursive: true });
  }
  // The compiler writes files in spite of type errors; whether they run shows when they are started.
  const compiled = existsSync(join(dist, 'cli', 'main.js'));
  if (complaints !== '') note(`the compiler complains about src:\n${complaints}`);

  const config = join(directory, 'tsconfig.json');
  const helpers = join(directory, 'helpers');
  const files = ['bare', 'upstream', 'load'].map((name) => join(import.meta.dirname, `${name}.ts`));
  const compilerOptions = { noEmit: false, rootDir: ROOT };
  writeFileSync(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, files, include: [] }));
  const wrong = await compile(config, helpers, []);
  if (wrong !== '') note(`the compiler complains about the helpers:\n${wrong}`);
  return {
    directory,
    compiled,
    sluice: compiled ? sluice : SLUICE_FROM_SOURCES,
    helper: (name) => join(helpers, 'bench', 'overhead', `${name}.js`),
    remove,
  };
}

async function compile(config: string, outDir: string, more: readonly string[]): Promise<string> {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const child = startCommand([tsc, '-p', config, '--outDir', outDir, ...more]);
  const code = await child.exited;
  return code === 0 ? '' : child.tail();
}
