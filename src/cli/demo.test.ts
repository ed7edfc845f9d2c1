// `sluice demo` end to end: against a real gateway on simulated servers, and against what it cannot use.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readConfig } from '../config/index.ts';
import { startGateway } from '../root/index.ts';
import { demoCommand } from './demo.ts';
import type { Summary } from './demo/summary.ts';

const POLICY = `
version: 1
pools:
  cheap: { model: sim-8b, endpoints: ["sim://8b-h100"], price: { inputPerMTok: 0.1, outputPerMTok: 0.1 }, contextWindow: 8192 }
  dear: { model: sim-70b, endpoints: ["sim://8b-h100"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 8192 }
aliases: { auto: all }
routes:
  - { name: all, candidates: [cheap, dear], strategy: { kind: bandit } }
`;

const cleanups: (() => unknown)[] = [];
let directory = '';
let printed = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  printed = '';
  const keep = (...parts: unknown[]): void => void (printed += `${parts.join(' ')}\n`);
  for (const method of ['log', 'error'] as const) vi.spyOn(console, method).mockImplementation(keep);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => (printed += String(text)) !== '');
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  while (cleanups.length > 0) await cleanups.pop()?.();
});

async function gateway(): Promise<{ url: string; close: () => Promise<void> }> {
  const policy = join(directory, 'policy.yaml');
  writeFileSync(policy, POLICY);
  const config = readConfig({ policy, port: '0', dataDir: join(directory, 'data') }, { SLUICE_SEED: '1' }, 0);
  const running = await startGateway(config, {}, { logger: pino({ level: 'silent' }) });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= running.close());
  cleanups.push(close);
  return { url: running.url, close };
}

/** Something else that answers: `handle` gives status and body by path. */
async function impostor(handle: (path: string) => [status: number, body: object]): Promise<[string, Server]> {
  const server = createServer((request, response) => {
    request.resume();
    const [status, body] = handle(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json', 'x-sluice-pool': 'large' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server];
}

/** The summary that `--json` wrote. */
async function demo(url: string, ...flags: string[]): Promise<Summary> {
  const json = join(directory, 'summary.json');
  const always = ['--url', url, '--json', json, '--no-live'];
  await demoCommand().parseAsync([...always, ...flags], { from: 'user' });
  return JSON.parse(readFileSync(json, 'utf8')) as Summary;
}

/** Until the gateway has counted a feedback. */
async function hasLearnt(url: string): Promise<void> {
  const counted = async () => expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/counted.*\} [1-9]/u);
  await vi.waitFor(counted, { timeout: 30_000, interval: 20 });
}

const sumOf = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((a, b) => a + b, 0);

/** Some 120 answers in two seconds; a machine that is too busy for half of them is given longer. */
async function demoWithControl(): Promise<{
  readonly url: string;
  readonly seconds: string;
  readonly summary: Summary;
}> {
  for (const seconds of ['2', '20', '90']) {
    const { url, close } = await gateway();
    const summary = await demo(url, '--seconds', seconds, '--rate', '60', '--control', 'dear', '--control-every', '4');
    if (summary.requests.answered > 60) return { url, seconds, summary };
    await close();
  }
  throw new Error('not 60 answers in 90 seconds');
}

it('plays users, gives feedback, and writes numbers that add up', { timeout: 240_000 }, async () => {
  const { url, seconds, summary } = await demoWithControl();
  expect(process.exitCode).toBe(0);
  const { requests, feedback, control } = summary;
  expect(summary.ending).toBe('completed');
  expect(summary.failures).toEqual({});
  expect(requests.answered).toBe(requests.routed + requests.control);
  expect(requests.control).toBe(Math.floor(requests.answered / 4));
  expect(sumOf(summary.byPool)).toBe(requests.routed);
  expect(summary.topics.reduce((total, { n }) => total + n, 0)).toBe(requests.routed);
  expect(Object.keys(feedback)).toEqual(['counted']);
  // Eight of ten say something.
  expect(feedback['counted']).toBeGreaterThan(requests.routed * 0.6);
  expect(feedback['counted']).toBeLessThan(requests.routed);
  expect(control?.score.n).toBe(requests.control);
  const spent =
    (summary.all.costUsd.mean ?? 0) * requests.routed + (control?.costUsd.mean ?? 0) * (control?.score.n ?? 0);
  expect(summary.totalCostUsd).toBeCloseTo(spent, 12);
  expect(printed).toMatch(new RegExp(` \\d+ s of ${seconds} s .* cheap \\d+ %, dear \\d+ %`, 'u'));
  expect(printed).toMatch(/Against always dear, measured on a control group/u);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`feedback\\w*\\{.*counted.*\\} ${feedback['counted']}\n`, 'u'));
});

it('stops, says so and prints what it saw when the gateway goes away', async () => {
  const { url, close } = await gateway();
  const running = demo(url, '--seconds', '60', '--rate', '200', '--control', 'dear');
  await hasLearnt(url);
  await close();
  const summary = await running;
  expect(process.exitCode).toBe(1);
  expect(summary.ending).toBe('gone');
  expect(summary.requests.answered).toBeGreaterThan(0);
  expect(printed).toContain('went away');
});

it('stops on Ctrl-C, and still prints the summary', async () => {
  const { url } = await gateway();
  const running = demo(url, '--seconds', '60', '--rate', '100', '--control-every', '0');
  await hasLearnt(url);
  process.emit('SIGINT');
  const summary = await running;
  expect(process.exitCode).toBe(0);
  expect(summary.ending).toBe('stopped');
  expect(summary.control).toBeUndefined();
  expect(printed).toContain('Stopped early');
});

it('counts error answers as failed, by their code', async () => {
  const price = { input_per_mtok: 1, output_per_mtok: 1 };
  const data = [
    { id: 'auto', owned_by: 'sluice-alias' },
    { id: 'large', owned_by: 'sluice-pool', price },
  ];
  const error = { message: 'no', sluice_code: 'SLUICE_ROUTER_NO_HEALTHY_POOL' };
  const [url] = await impostor((path) => (path === '/v1/models' ? [200, { data }] : [503, { error }]));
  const summary = await demo(url, '--seconds', '1', '--rate', '20');
  expect(summary.requests.answered).toBe(0);
  expect(summary.failures).toEqual({ '503 SLUICE_ROUTER_NO_HEALTHY_POOL': summary.requests.failed });
  expect(summary.requests.failed).toBeGreaterThan(1);
  expect(printed).toContain('Nothing was answered');
});

it.each([
  ['nothing there', undefined, /nothing answers at .* \(ECONNREFUSED\): start the gateway first with `npm start`/u],
  ['another server', [404, {}], /is no Sluice gateway: 404/u],
  ['a server of other models', [200, { data: [{ id: 'gpt' }] }], /no Sluice gateway: \/v1\/models names no pools/u],
  ['a policy without auto', [200, { data: [pool('large')] }], /has no alias "auto"/u],
  [
    'a policy without large',
    [200, { data: [pool('small'), { id: 'auto', owned_by: 'sluice-alias' }] }],
    /no pool "large" for the control group: choose one of small with --control/u,
  ],
] as const)('exits 2 and says what to do: %s', async (_, answer, said) => {
  const [url, server] = await impostor(() => [answer?.[0] ?? 500, answer?.[1] ?? {}]);
  if (answer === undefined) await new Promise((resolve) => void server.close(resolve));
  await demoCommand().parseAsync(['--url', url], { from: 'user' });
  expect(process.exitCode).toBe(2);
  expect(printed).toMatch(said);
});

function pool(id: string): object {
  return { id, owned_by: 'sluice-pool', price: { input_per_mtok: 1, output_per_mtok: 1 } };
}

it.each([
  ['--url', 'localhost:8080'],
  ['--seconds', '0'],
  ['--rate', 'fast'],
  ['--feedback-rate', '1.5'],
  ['--concurrency', '1.5'],
])('refuses %s %s', async (flag, value) => {
  let message = '';
  const command = demoCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (message += text) });
  await expect(command.parseAsync([flag, value], { from: 'user' })).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
  expect(message).toMatch(/Expected a/u);
});
