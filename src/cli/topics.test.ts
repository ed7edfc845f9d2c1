// sluice topics: what it prints of a policy's topics, and what it says of input that it cannot use.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { topicsCommand } from './topics.ts';

const POOLS = `version: 1
pools:
  p: { model: m, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 9 }
`;
const POLICY = `${POOLS}topics:
  refunds: { examples: ["I want my money back", "please refund my order", "cancel it and pay me back"] }
  delays: { examples: ["my parcel is late", "where is my order", "the delivery has not come yet"] }
`;
const LABELLED = [
  { text: 'please refund my last order', topic: 'refunds' },
  { text: 'my parcel is very late', topic: 'delays' },
  { text: 'write a haiku about autumn', topic: null },
];

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number | string | undefined;
}

async function topics(args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-topics-'));
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const error = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => {
    log.mockRestore();
    error.mockRestore();
    process.exitCode = undefined;
    rmSync(directory, { recursive: true, force: true });
  });
  for (const [name, text] of Object.entries({ 'p.yaml': POLICY, ...files })) writeFileSync(join(directory, name), text);
  const at = (name: string): string => (/\.(?:yaml|jsonl)$/.test(name) ? join(directory, name) : name);
  await topicsCommand().parseAsync(args.map(at), { from: 'user' });
  const said = (calls: readonly (readonly unknown[])[]): string =>
    calls.map(([text]) => String(text).replaceAll(`${directory}/`, '')).join('\n');
  return { out: said(log.mock.calls), err: said(error.mock.calls), code: process.exitCode };
}
const evaluated = (files: Readonly<Record<string, string>>, ...more: string[]): Promise<Ran> =>
  topics(['eval', '--policy', 'p.yaml', '--labelled', 'l.jsonl', ...more], files);
const lines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

describe('sluice topics eval', () => {
  it('prints figures of every topic', async () => {
    const { out, code } = await evaluated({ 'l.jsonl': lines(LABELLED) });
    expect(out).toContain('3 texts, scored by the built-in features; 100.0 %');
    expect(out).toMatch(/│ refunds │ +1 │ +1 │ +1\.00 │ +1\.00 │ 1\.00 │ +0\.5 │/);
    expect(code).toBeUndefined();
  });

  it('prints JSON', async () => {
    const { out } = await evaluated({ 'l.jsonl': lines(LABELLED) }, '--json');
    expect(JSON.parse(out)).toMatchObject({
      texts: 3,
      accuracy: 1,
      topics: [{ name: 'refunds', f1: 1 }, { name: 'delays' }],
    });
  });

  it.each([
    [
      'bad lines',
      { 'l.jsonl': '{"text":"x","topic":null}\nno\n{"text":"x"}' },
      'l.jsonl:2: not JSON\nl.jsonl:3: "topic" must be',
    ],
    ['no lines', { 'l.jsonl': '\n' }, 'l.jsonl has no labelled texts'],
    ['no file', {}, 'no such file'],
    ['a policy without topics', { 'p.yaml': POOLS, 'l.jsonl': '' }, 'p.yaml has no topics of its own'],
    [
      'a policy with errors',
      { 'p.yaml': POLICY.replace('"my parcel is late", ', ''), 'l.jsonl': '' },
      'p.yaml:6:23: error: 2 examples are too few',
    ],
    ['more bad lines than are named', { 'l.jsonl': 'no\n'.repeat(30) }, 'and 10 more bad lines'],
  ])('refuses %s', async (_, files, message) => {
    const { err, out, code } = await evaluated(files);
    expect(err).toContain(message);
    expect([out, code]).toEqual(['', 2]);
  });

  it('says what an encoder’s folder lacks', async () => {
    const { err, code } = await evaluated({ 'l.jsonl': lines(LABELLED) }, '--encoder', tmpdir());
    expect(err).toContain(tmpdir());
    expect(code).toBe(2);
  });
});

describe('sluice topics match', () => {
  it('scores texts', async () => {
    const { out } = await topics(['match', '--policy', 'p.yaml', 'refund my order please', 'write a haiku']);
    expect(out).toMatch(
      /^"refund my order please": refunds \(refunds [01]\.\d\d, delays 0\.\d\d\)\n"write a haiku": none \(/,
    );
  });

  it('scores them as JSON', async () => {
    const { out } = await topics(['match', '--policy', 'p.yaml', '--json', 'write a haiku']);
    expect(JSON.parse(out)).toMatchObject([
      { text: 'write a haiku', topic: null, scores: { refunds: expect.any(Number) } },
    ]);
  });
});
