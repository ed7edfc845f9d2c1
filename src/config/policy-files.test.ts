// Files that a policy names: read beside it, within bounds; and noticed when they change.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadPolicy } from './load-policy.ts';
import { openPolicyFiles } from './policy-files.ts';
import { watchPolicy } from './watch-policy.ts';

function folder(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-policy-files-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const TABLE = JSON.stringify({ version: 1, models: { m: { overall: 0.5 } } });
const POLICY = `version: 1
pools:
  a: { model: m, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 9 }
aliases: { auto: r }
routes: [{ name: r, candidates: [a], strategy: { kind: semantic, priors: priors/t.json } }]
`;

function policyFolder(): { readonly policy: string; readonly table: string } {
  const directory = folder({ 'policy.yaml': POLICY });
  mkdirSync(join(directory, 'priors'));
  const table = join(directory, 'priors', 't.json');
  writeFileSync(table, TABLE);
  return { policy: join(directory, 'policy.yaml'), table };
}

describe('a file that a policy names', () => {
  it('is read from the policy’s folder', () => {
    const directory = folder({ 't.json': 'text' });
    const { read } = openPolicyFiles(join(directory, 'policy.yaml'));
    expect(read('t.json')).toEqual({ kind: 'text', path: join(directory, 't.json'), text: 'text' });
  });

  it('may be a link: mounted configuration consists of them', () => {
    const elsewhere = folder({ 't.json': 'text' });
    const directory = folder();
    symlinkSync(elsewhere, join(directory, 'priors'));
    expect(openPolicyFiles(join(directory, 'policy.yaml')).read('priors/t.json')).toMatchObject({ text: 'text' });
  });

  it.each([
    ['gone.json', /^there is no file .*gone\.json$/],
    ['folder', /is not a file$/],
    ['huge.json', /has 1048577 bytes, at most 1048576 are read$/],
    ['pipe', /is not a file$/],
    ['t.json/t.json', /ENOTDIR/],
    ['nul\0', /null bytes/],
  ])('cannot be read: %j', (name, why) => {
    const directory = folder({ 'huge.json': ' '.repeat(1024 * 1024 + 1), 't.json': '' });
    mkdirSync(join(directory, 'folder'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    const file = openPolicyFiles(join(directory, 'policy.yaml')).read(name);
    expect(file).toEqual({ kind: 'unreadable', why: expect.stringMatching(why) });
  });
});

describe('a policy with a table', () => {
  it('has another fingerprint when the table has changed', async () => {
    const { policy, table } = policyFolder();
    const fingerprint = async (): Promise<string> => {
      const compiled = await loadPolicy(policy, []);
      return compiled.kind === 'plan' ? compiled.plan.fingerprint : 'invalid';
    };
    const before = await fingerprint();
    expect(before).toMatch(/^\w{12}$/);
    writeFileSync(table, TABLE.replace('0.5', '0.6'));
    expect([before, 'invalid']).not.toContain(await fingerprint());
  });

  it('is noticed when either changes, a table that could not be used too', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { policy, table } = policyFolder();
    rmSync(table);
    const files = openPolicyFiles(policy);
    expect((await loadPolicy(policy, [], { files })).kind).toBe('invalid');
    let changes = 0;
    const end = watchPolicy(files, () => changes++);
    const after = (change: () => void): number => {
      change();
      vi.advanceTimersByTime(2_000);
      return changes;
    };
    expect(after(() => undefined)).toBe(0);
    expect(after(() => writeFileSync(table, '{'))).toBe(1);
    expect(after(() => writeFileSync(table, TABLE))).toBe(2);
    expect(after(() => rmSync(table))).toBe(2);
    expect(after(() => writeFileSync(policy, `${POLICY}\n`))).toBe(3);
    expect(after(() => undefined)).toBe(3);
    end();
    expect(after(() => writeFileSync(policy, POLICY))).toBe(3);
  });
});
