// `sluice sim` as a user runs it: what it prints, answers, and how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_BATCHED_TOKENS, ENGINE_PROFILES, SIM_FAULTS, startSimServer } from '../sim/index.ts';
import { simCommand } from './sim.ts';

const SCRIPT = `import { simCommand } from ${JSON.stringify(new URL('./sim.ts', import.meta.url).href)};
await simCommand().parseAsync(process.argv);`;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves to the exit code. */
  readonly exit: Promise<unknown>;
}
function sim(...flags: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, 'sluice', ...flags]);
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return { child, output: () => output, exit: once(child, 'close').then(([code]) => code as unknown) };
}

it('prints its URL and a curl line, serves, and exits 0 on SIGTERM with a request open', async () => {
  const run = sim('--port', '0', '--model', 'tiny', '--time-scale', '0');
  while (!run.output().includes('try: curl')) await once(run.child.stdout ?? run.child, 'data');
  const url = /listens on (http:\S+)/u.exec(run.output())?.[1] ?? '';
  const body = /-d '(.*)'/u.exec(run.output())?.[1] ?? '';
  const ask = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  expect(await (await ask({})).json()).toMatchObject({ model: 'tiny', object: 'chat.completion' });
  const hung = ask({ 'x-sim-fault': 'hang' }).catch(() => 'dropped');
  await (await ask({})).text();
  run.child.kill('SIGTERM');
  expect(await run.exit).toBe(0);
  expect(await hung).toBe('dropped');
});

it.each([
  [['--book', 'nowhere'], /answer book nowhere: cannot read meta\.json/u],
  [['--profile', 'abacus'], /no profile "abacus"; there are 8b-a100/u],
  [['--book-model', 'x'], /--book-model needs --book/u],
  [['--fault', '500:0.6', '--fault', '429:0.6'], /sum to 1\.2/u],
])('exits 2 for %j and says why', async (flags, message) => {
  let printed = '';
  const command = simCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (printed += text) });
  await expect(command.parseAsync(['--port', '0', ...flags], { from: 'user' })).rejects.toMatchObject({ exitCode: 2 });
  expect(printed).toMatch(message);
});

it('lists every fault and profile in its help', () => {
  let help = '';
  simCommand()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  for (const name of [...Object.keys(SIM_FAULTS), ...Object.keys(ENGINE_PROFILES)]) {
    expect(help).toMatch(new RegExp(`^ {2}${name} `, 'mu'));
  }
  expect(help).toContain('x-sim-fault');
});

describe('docs/simulator.md', () => {
  const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
  const section = (title: string): string => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = (title: string): string[] => section(title).match(/^\| `.*$/gmu) ?? [];

  it('lists every profile with its numbers, and none that is gone', () => {
    const expected = Object.entries(ENGINE_PROFILES).map(([name, profile]) => {
      const { wMs, hMsPerSeq, prefillMsPerToken, kvTokens, maxSeqs, source, contextAtH } = profile;
      expect(contextAtH).toBe(2048);
      const tokens = profile.maxBatchedTokens ?? DEFAULT_BATCHED_TOKENS;
      return `| \`${name}\` | ${[wMs, hMsPerSeq, prefillMsPerToken, kvTokens, maxSeqs, tokens, source].join(' | ')} |`;
    });
    expect(rows('Profiles')).toEqual(expected);
  });

  it('lists every fault with what it does, and none that is gone', () => {
    expect(rows('Faults')).toEqual(Object.entries(SIM_FAULTS).map(([name, text]) => `| \`${name}\` | ${text} |`));
  });

  it('lists exactly the endpoints and metrics that a server has', async () => {
    const profile = ENGINE_PROFILES['8b-h100'] ?? expect.fail('no such profile');
    const server = await startSimServer({ model: 'm', profile, seed: 1, timeScale: 0 });
    onTestFinished(() => server.close());
    const endpoints = rows('Endpoints').map((row) => /`(\w+) (\S+)`/u.exec(row)?.slice(1) ?? []);
    expect(endpoints).toHaveLength(6);
    for (const [method = '', path = ''] of endpoints) {
      const response = await fetch(new URL(path, server.url), { method });
      expect([200, 400, 415], path).toContain(response.status);
    }
    const metrics = await (await fetch(new URL('/metrics', server.url))).text();
    const served = [...metrics.matchAll(/^# TYPE (\S+)/gmu)].map(([, name]) => name);
    const listed = rows('Metrics').flatMap((row) => [...row.matchAll(/`(vllm:\w+)`/gu)].map(([, name]) => name));
    expect([new Set(listed), listed.length]).toEqual([new Set(served), served.length]);
  });

  it('names no option that the command does not have', () => {
    const options = new Set(simCommand().options.map(({ long }) => long));
    const named = [...page.matchAll(/(?<![\w-])--[a-z][a-z-]+/gu)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect([...options], name).toContain(name);
    for (const name of options) expect(page, `${name}`).toContain(name);
  });
});
