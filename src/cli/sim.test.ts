// `sluice sim` as a user runs it: what it prints, answers, and how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { ENGINE_PROFILES, SIM_FAULTS } from '../sim/index.ts';
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
