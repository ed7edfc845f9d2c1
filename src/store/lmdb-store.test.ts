// What only the home on disk promises: crashes, other processes, damaged files, a disk that refuses.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from './lmdb-store.ts';

let base: string;
let directory: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sluice-lmdb-'));
  directory = join(base, 'a.dir', 'store.v1');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

// expect's matchers are typed `any`.
const containing = (text: string): unknown => expect.stringContaining(text);
const errorAtAll: unknown = expect.any(Error);

type Child = ChildProcessByStdio<Writable, Readable, null>;

function start(mode: string, shellPrefix = ''): { child: Child; lines: AsyncIterator<string> } {
  const script = join(import.meta.dirname, 'fixtures', 'lmdb-child.ts');
  const command = `${shellPrefix} exec "$0" --import tsx "$@" 2>/dev/null`;
  const child = spawn('bash', ['-c', command, process.execPath, script, mode, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function allLines(lines: AsyncIterator<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of { [Symbol.asyncIterator]: () => lines }) all.push(line);
  return all;
}

async function fillStore(rows: number): Promise<void> {
  const store = openLmdbStore({ directory });
  for (let i = 0; i < rows; i++)
    store.append({ collection: 'log', key: String(i).padStart(9, '0'), value: 'x'.repeat(1000) });
  await store.close();
}

describe('LMDB store', () => {
  it('makes a private directory and leaves no lock behind', async () => {
    const store = openLmdbStore({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(existsSync(join(directory, 'owner.lock'))).toBe(true);
    await store.close();
    expect(existsSync(join(directory, 'owner.lock'))).toBe(false);
  });

  it('has every commit that resolved before kill -9, whole, and takes over the lock', async () => {
    const { child, lines } = start('commit');
    const exited = once(child, 'exit');
    const printed: string[] = [];
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      printed.push(next.value);
      if (printed.length === 400) child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(readFileSync(join(directory, 'owner.lock'), 'utf8')).toMatch(new RegExp(`^${child.pid} `));
    const store = openLmdbStore({ directory });
    expect(printed.length).toBeGreaterThanOrEqual(400);
    for (const key of printed) {
      expect(await store.get('log', key)).toEqual({ key, text: 'x'.repeat(1000) });
    }
    // Of a commit that was under way there is all or nothing.
    const [logs, twins] = [[], []] as [string[], string[]];
    for await (const [key] of store.range('log')) logs.push(key);
    for await (const [key] of store.range('twin')) twins.push(key);
    expect(logs).toEqual(twins);
    await store.close();
  });

  it('refuses a second writer while the first one lives, in this process and in another', async () => {
    const store = openLmdbStore({ directory });
    await store.commit([{ collection: 'log', key: 'a', value: 1 }]);
    expect(() => openLmdbStore({ directory })).toThrow(
      expect.objectContaining({ code: 'SLUICE_STORE_IN_USE', message: containing(`pid ${process.pid}:`) }),
    );
    expect(await allLines(start('open').lines)).toEqual([
      expect.stringMatching(`^SLUICE_STORE_IN_USE .*pid ${process.pid}:`),
    ]);
    // The refused ones have harmed nothing.
    await store.commit([{ collection: 'log', key: 'b', value: 2 }]);
    expect(await store.get('log', 'a')).toBe(1);
    await store.close();
    expect(await allLines(start('open').lines)).toEqual(['opened']);
  });

  it('lets another process read what a live writer has written, also after the file has grown', async () => {
    const store = openLmdbStore({ directory });
    await store.commit([{ collection: 'log', key: '0', value: 'first' }]);
    const { child, lines } = start('read');
    expect((await lines.next()).value).toBe('ready');
    child.stdin.write('read\n');
    expect((await lines.next()).value).toBe('1 0 "first"');
    for (let i = 1; i <= 3000; i++) store.append({ collection: 'log', key: String(i), value: 'x'.repeat(2000) });
    await store.commit([{ collection: 'log', key: 'z', value: { last: true } }]);
    child.stdin.write('read\n');
    expect((await lines.next()).value).toBe('3002 z {"last":true}');
    child.stdin.end();
    expect((await lines.next()).done).toBe(true);
    await store.close();
  });

  it('reads without writing when it is opened so', async () => {
    expect(() => openLmdbStore({ directory, readOnly: true })).toThrow(
      expect.objectContaining({ code: 'SLUICE_STORE_OPEN' }),
    );
    expect(existsSync(directory)).toBe(false);
    await fillStore(3);
    const reader = openLmdbStore({ directory, readOnly: true });
    const readOnly = { code: 'SLUICE_STORE_READ_ONLY' };
    expect(() => reader.append({ collection: 'log', key: 'k', value: 1 })).toThrow(expect.objectContaining(readOnly));
    await expect(reader.commit([])).rejects.toMatchObject(readOnly);
    await expect(reader.remove('log', ['000000000'])).rejects.toMatchObject(readOnly);
    expect(await reader.get('log', '000000000')).toHaveLength(1000);
    expect(existsSync(join(directory, 'owner.lock'))).toBe(false);
    await reader.close();
  });

  it.each<[string, (file: string) => void]>([
    ['foreign bytes', (file) => writeFileSync(file, Buffer.alloc(8192, 0x41))],
    ['a few bytes', (file) => writeFileSync(file, 'hello')],
    ['zeros', (file) => writeFileSync(file, Buffer.alloc(8192))],
    ['a damaged first page', (file) => writeFileSync(file, Buffer.alloc(4096, 0x41), { flag: 'r+' })],
    ['a file cut short', (file) => truncateSync(file, 8192)],
  ])('names the directory and the cause when data.mdb is %s', async (_name, damage) => {
    await fillStore(2000);
    damage(join(directory, 'data.mdb'));
    for (const readOnly of [false, true]) {
      expect(() => openLmdbStore({ directory, readOnly })).toThrow(
        expect.objectContaining({
          code: 'SLUICE_STORE_OPEN',
          message: containing(`${directory}: data.mdb is`),
        }),
      );
    }
  });

  it('names the directory and keeps the cause when it is a file or below one', () => {
    writeFileSync(join(base, 'file'), '');
    for (const path of [join(base, 'file'), join(base, 'file', 'below')]) {
      expect(() => openLmdbStore({ directory: path })).toThrow(
        expect.objectContaining({
          code: 'SLUICE_STORE_OPEN',
          message: containing(path),
          cause: errorAtAll,
        }),
      );
    }
  });

  // root may write everywhere
  it.skipIf(process.getuid?.() === 0)('names the directory when it may not write there', () => {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o500);
    expect(() => openLmdbStore({ directory })).toThrow(expect.objectContaining({ code: 'SLUICE_STORE_OPEN' }));
  });

  it('tells everyone, once and with a code, when the disk refuses, and keeps what it has', async () => {
    // `ulimit -f` counts KiB: writes beyond 2 MB fail as on a full disk.
    expect(await allLines(start('fill', 'ulimit -f 2000;').lines)).toEqual([
      'flush SLUICE_STORE_WRITE',
      'commit SLUICE_STORE_WRITE',
      'instead true',
      'big instead',
      'small kept',
      'reports SLUICE_STORE_WRITE',
      'closed',
    ]);
    const store = openLmdbStore({ directory });
    expect(await store.get('log', 'small')).toBe('kept');
    await store.commit([{ collection: 'log', key: 'big', value: 'x'.repeat(5_000_000) }]);
    expect(await store.get('log', 'big')).toHaveLength(5_000_000);
    await store.close();
  });
});
