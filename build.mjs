// Makes dist/ of the sources: few files with the libraries inside, which start in a third of the time (docs/adr/0011-one-bundle.md).
// `node build.mjs [FOLDER]`; types are looked at by `npm run types`.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = import.meta.dirname;
const DIST = join(ROOT, 'dist');

/** Files that are started by name; all others are found from these. */
const MAIN = 'cli/main';
const ENTRIES = [MAIN, 'embedding/transformers/encoder-worker'];

/** Stay packages: native code, and what is there only where somebody wants it. */
const EXTERNAL = ['lmdb', '@xenova/transformers'];

const DAY_MS = 24 * 3_600_000;

/** What packages in CommonJS find around them, and ES modules do not have. */
const AROUND =
  "import { createRequire as createRequire$ } from 'node:module'; const require = createRequire$(import.meta.url), __dirname = import.meta.dirname;";

/**
 * Built beside `out`, which it replaces when all of it is there. Gives esbuild's account of what is in which file. `inUse`: a process may run from what was there;
 * what is published is made without.
 */
export async function build(out = DIST, inUse = false) {
  const { build: bundle } = await import('esbuild');
  const made = `${out}.${process.pid}`;
  try {
    const { metafile } = await bundle({
      absWorkingDir: ROOT,
      entryPoints: ENTRIES.map((entry) => `src/${entry}.ts`),
      outbase: 'src',
      outdir: made,
      // One folder deep, as src/base/own-file.ts is.
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: EXTERNAL,
      banner: { js: AROUND },
      sourcemap: true,
      sourcesContent: false,
      metafile: true,
      logLevel: 'warning',
    });
    for (const room of readdirSync(join(ROOT, 'src'))) {
      const assets = join(ROOT, 'src', room, 'assets');
      if (existsSync(assets)) cpSync(assets, join(made, room, 'assets'), { recursive: true });
    }
    writeFileSync(join(made, 'LICENSES.txt'), licencesIn(Object.keys(metafile.inputs)));
    if (inUse) keepChunks(out, made);
    rmSync(out, { recursive: true, force: true });
    takePlace(made, out);
    return metafile;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** A process that was started from `out` may still read one of these; what it has not asked for in a day it will not. */
function keepChunks(out, made) {
  const [before, now] = [join(out, 'chunks'), join(made, 'chunks')];
  if (!existsSync(before)) return;
  for (const name of readdirSync(before)) {
    const young = Date.now() - statSync(join(before, name)).mtimeMs < DAY_MS;
    if (young && !existsSync(join(now, name)))
      cpSync(join(before, name), join(now, name), { preserveTimestamps: true });
  }
}

function takePlace(made, out) {
  try {
    renameSync(made, out);
  } catch (error) {
    // Another start of the same checkout has just put the same there.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

/** Of a checkout: builds unless dist/ is newer than all that it is made of. */
export async function bringUpToDate() {
  const main = join(DIST, `${MAIN}.js`);
  if (existsSync(main) && statSync(main).mtimeMs > newest()) return;
  try {
    await build(DIST, true);
  } catch (error) {
    // Without development dependencies nothing can be built, and what was is what there is.
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !existsSync(main)) throw error;
  }
}

/** Folders count: a file that is gone changes them alone. */
function newest() {
  const src = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) => join('src', name));
  const paths = ['build.mjs', 'package-lock.json', 'src', ...src];
  return Math.max(...paths.map((path) => statSync(join(ROOT, path)).mtimeMs));
}

/** Of the packages that are inside: their terms want to be passed on with them. */
function licencesIn(files) {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(file)?.[0] ?? []));
  const texts = [...folders]
    .toSorted((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(ROOT, folder)).find((found) => /^(?:licen[cs]e|copying)/iu.test(found));
      const text = file === undefined ? '' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    });
  return `Packages that are part of these files, and their licences.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await build(process.argv[2] === undefined ? DIST : resolve(process.argv[2]));
