// `sluice distill` as a user meets it: what it says while it runs, and what it says it lacks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createProgress } from './distill-progress.ts';
import { distillCommand } from './distill.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-distill-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function run(...flags: string[]): Promise<{ code: unknown; said: string }> {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  onTestFinished(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });
  const command = distillCommand().exitOverride();
  const refused = await command.parseAsync(['node', 'distill', ...flags]).then(
    () => '',
    (error: unknown) => String(error),
  );
  return { code: process.exitCode, said: [refused, ...said.mock.calls.flat(), ...stderr.mock.calls.flat()].join('\n') };
}

it.each([
  ['no texts', [''], 'holds no text'],
  ['few texts', ['one', 'two'], '2 different texts are too few'],
  ['no encoder', Array.from({ length: 200 }, (_, i) => `text number ${i}`), 'there is no such folder'],
])('ends with 2 and what to do where there is %s', async (_, texts, message) => {
  const file = join(folder(), 'texts.txt');
  writeFileSync(file, texts.join('\n'));
  const { code, said } = await run('--model', '/nowhere/encoder', '--texts', file);
  expect(code).toBe(2);
  expect(said).toContain(message);
});

it.each([
  [['--texts', 't'], "required option '--model <folder>'"],
  [['--model', 'm', '--texts', 't', '--columns', '1000'], 'It must be a whole number from 64 to 512.'],
  [['--model', 'm', '--texts', 't', '--dtype', 'q1'], 'Allowed choices are'],
])('refuses %j', async (flags, message) => {
  expect((await run(...flags)).said).toContain(message);
});

it('says how long it will take, from what this run has done', () => {
  let at = 0;
  const lines: string[] = [];
  const progress = createProgress({ write: (line) => lines.push(line) }, () => at);
  for (let done = 500; done <= 1_000; done += 50) {
    progress('texts', done, 1_000);
    at += 10_000;
  }
  progress('fit', 0, 1);
  progress('fit', 1, 1);
  expect(lines[0]).toBe('encoding the texts: 500 of 1000\n');
  expect(lines[1]).toBe('encoding the texts: 600 of 1000, 1 min 20 s left\n');
  expect(lines.slice(-2)).toEqual(['encoding the texts: 1000 of 1000\n', 'fitting the rows, some seconds\n']);
  expect(lines).toHaveLength(7);
});

it('writes over its line on a terminal', () => {
  const lines: string[] = [];
  const progress = createProgress({ isTTY: true, write: (line) => lines.push(line) }, () => 0);
  progress('pieces', 0, 2);
  progress('pieces', 2, 2);
  expect(lines).toEqual(['\r\u001b[Kencoding the vocabulary: 0 of 2', '\r\u001b[Kencoding the vocabulary: 2 of 2\n']);
});
