// The house as docs/architecture.md tells it against the house as it is: rooms, who imports whom, what may not be.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const page = readFileSync(resolve(import.meta.dirname, '../docs/architecture.md'), 'utf8');

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

const rows = roomTable(page);
const files = sourceFiles(SRC);
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(SRC, file), 'utf8')));

describe('the room table of docs/architecture.md', () => {
  it('names exactly what is in src/', () => {
    expect([...rows.keys()].toSorted()).toEqual(readdirSync(SRC).toSorted());
  });

  it('allows every import between rooms', () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(violations(imports)).toEqual([]);
  });

  it('has no permission that nothing uses', () => {
    const unused = [...rows].flatMap(([room, { may }]) =>
      may
        .filter((other) => other !== 'everything' && !imports.some((i) => i.room === room && i.target === other))
        .map((other) => `${room} -> ${other}`),
    );
    expect(unused).toEqual([]);
  });

  it.each([...rows.keys()].filter((room) => room !== 'cli'))('%s begins with its sentence', (room) => {
    const [first] = readFileSync(join(SRC, room, 'index.ts'), 'utf8').split('\n');
    expect(first).toBe(`// ${room}: ${rows.get(room)?.purpose}.`);
  });

  it('lets only the composition root and cli know every room, and only cli import the root', () => {
    const all = [...rows].filter(([, { may }]) => may.includes('everything')).map(([room]) => room);
    expect(all.toSorted()).toEqual(['cli', 'root']);
    const above = imports.filter(({ room, target }) => target === 'cli' || (target === 'root' && room !== 'cli'));
    expect(above).toEqual([]);
  });
});

describe('the prohibitions', () => {
  it('sees a forbidden import', () => {
    const bad = importsOf('router/x.ts', "import { createPools } from '../pool/index.ts';");
    expect(violations(bad)).toEqual(['router/x.ts imports pool']);
  });

  it('sees an import past a room’s index', () => {
    expect(pastTheIndex('router/x.ts', "import { fnv1a } from '../base/hash.ts';")).toEqual([
      'router/x.ts: ../base/hash.ts',
    ]);
  });

  it('enters every room by its index', () => {
    const past = files
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => pastTheIndex(file, readFileSync(join(SRC, file), 'utf8')));
    expect(past).toEqual([]);
  });

  it('keeps I/O out of learning, and out of the other pure rooms all but hashing and reading their own assets', () => {
    const allowed: Record<string, readonly string[]> = {
      learning: [],
      router: [],
      policy: ['node:crypto'],
      workload: ['node:crypto', 'node:fs', 'node:url'],
    };
    for (const [room, modules] of Object.entries(allowed)) {
      const used = files
        .filter((file) => file.startsWith(`${room}/`) && !file.endsWith('.test.ts'))
        .flatMap((file) =>
          [...readFileSync(join(SRC, file), 'utf8').matchAll(/from '(node:[^']+)'/g)].map((m) => m[1] ?? ''),
        );
      expect(
        used.filter((name) => !modules.includes(name)),
        room,
      ).toEqual([]);
    }
  });

  it('lets one module say where files lie, for the others’ code lies elsewhere in dist/', () => {
    // An entry stays where it is.
    const allowed = ['base/own-file.ts', 'cli/main.ts', 'cli/sluice.mjs'];
    const others = files.filter(
      (file) =>
        !/\.test\.ts$|\/fixtures\//.test(file) &&
        /import\.meta\.(?:url|dirname|filename)/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(others.toSorted()).toEqual(allowed);
  });

  it('keeps files short: none over 300 lines, tests 500, the conductor under 120', () => {
    const long = files.filter((file) => lines(file) > (file.endsWith('.test.ts') ? 500 : 300));
    expect(long).toEqual([]);
    expect(lines('gateway/serve.ts')).toBeLessThan(120);
  });

  it('says in the first line of every file what it is for', () => {
    const silent = files.filter(
      (file) => !file.endsWith('.test.ts') && !/^(?:#!.*\n)?\/\/ .{15,}/.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(silent).toEqual([]);
  });
});

function lines(file: string): number {
  return readFileSync(join(SRC, file), 'utf8').split('\n').length;
}

interface Row {
  readonly purpose: string;
  readonly may: readonly string[];
}

function roomTable(text: string): Map<string, Row> {
  const table = new Map<string, Row>();
  const body = text.split('| room | what it is for | may import |')[1]?.split('\n\n')[0] ?? '';
  for (const line of body.split('\n').slice(2)) {
    const [room, purpose, may] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (room === undefined || purpose === undefined || may === undefined) continue;
    table.set(room, { purpose, may: may === '-' ? [] : may.split(',').map((name) => name.trim()) });
  }
  return table;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:ts|mjs)$/.test(name));
}

function relativeImports(text: string): string[] {
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map((match) => match[1] ?? '');
}

function importsOf(file: string, text: string): Import[] {
  const room = roomOf(file);
  return relativeImports(text)
    .map((specifier) => roomOf(relative(SRC, resolve(SRC, file, '..', specifier))))
    .filter((target) => target !== room)
    .map((target) => ({ file, room, target }));
}

/** Test files are held to the table too. */
function violations(found: readonly Import[]): string[] {
  return found
    .filter(({ room, target }) => {
      const may = rows.get(room)?.may ?? [];
      return !may.includes('everything') && !may.includes(target);
    })
    .map(({ file, target }) => `${file} imports ${target}`);
}

function pastTheIndex(file: string, text: string): string[] {
  return relativeImports(text)
    .filter((specifier) => {
      const target = relative(SRC, resolve(SRC, file, '..', specifier));
      return roomOf(target) !== roomOf(file) && !target.endsWith('/index.ts');
    })
    .map((specifier) => `${file}: ${specifier}`);
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? '';
}
