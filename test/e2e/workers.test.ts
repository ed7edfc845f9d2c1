// Several processes that serve as one: what they share, what is one of all, and what becomes of those that are killed.
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { runSluice, type ChildGateway } from './child-gateway.ts';
import {
  chat,
  gatewayOver,
  idOf,
  metric,
  policyOver,
  send,
  sendFeedback,
  sim,
  tempDirectory,
  until,
  upstream,
  user,
} from './harness.ts';
import { readDataDirectory } from './log-reader.ts';

const WORKERS = { SLUICE_WORKERS: '2', SLUICE_SEED: '7', SLUICE_DRAIN_SECONDS: '5' };
const START_MS = 120_000;

function files(policy: string): { policyPath: string; dataDir: string } {
  const directory = tempDirectory();
  writeFileSync(`${directory}/policy.yaml`, policy);
  return { policyPath: `${directory}/policy.yaml`, dataDir: `${directory}/data` };
}

/** Pids of every life of every worker so far, by the order in which they served. */
function workersOf(child: ChildGateway): { index: number; pid: number }[] {
  return [...child.printed.matchAll(/worker (\d+) serves \(pid (\d+)\)/gu)].map(([, index, pid]) => {
    return { index: Number(index), pid: Number(pid) };
  });
}

async function serveOnTwo(policyPath: string, dataDir: string): Promise<ChildGateway> {
  const child = runSluice(['serve', '--policy', policyPath, '--data-dir', dataDir, '--port', '0'], WORKERS);
  let ended = false;
  void child.ended.then(() => (ended = true));
  await until('both serve', () => ended || workersOf(child).length === 2, START_MS).catch((error: unknown) => {
    throw new Error(`they do not serve: ${child.printed}`, { cause: error });
  });
  if (ended) throw new Error(`it has ended: ${child.printed}`);
  return child;
}

/** Of both workers: connections go to them in turn, as long as one has been answered before the next is opened. */
async function fromEach<T>(ask: () => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let i = 0; i < 4; i++) answers.push(await ask());
  return answers;
}

const COUNTED = 'sluice_requests_total';

/** Each worker has told the page what it has counted: one that is too busy to answer in time does so at a later reading. */
async function counts(child: ChildGateway, requests: number): Promise<void> {
  await until(`${requests} requests are counted`, async () => (await metric(child, COUNTED)) === requests, 60_000);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function listeningSockets(pid: number): number {
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/u))
      .filter(([, , , state]) => state === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return own.filter((target) => listening.includes(target)).length;
}

describe('several workers', { timeout: 300_000 }, () => {
  it('serve as one: one greeting, one page of metrics, one fleet, different chance; SIGHUP and SIGTERM reach all', async () => {
    let open: ServerResponse | undefined;
    const held = await upstream((response) => {
      open = response.writeHead(200, { 'content-type': 'text/event-stream' });
      open.write('data: first\n\n');
    });
    const simulated = { endpoints: ['sim://8b-h100'] };
    const routes = [{ name: 'main', candidates: ['a', 'b'], strategy: { kind: 'weighted', weights: { a: 1, b: 1 } } }];
    const policy = (name: string): string =>
      policyOver({ a: simulated, b: simulated, [name]: { endpoints: [held.url] } }, { routes });
    const { policyPath, dataDir } = files(policy('held'));
    const child = await serveOnTwo(policyPath, dataDir);
    expect(child.printed.match(/^Sluice routes/gmu)).toHaveLength(1);
    expect(child.printed).toContain('workers  2');

    const REQUESTS = 12;
    // The simulated servers take the time that they simulate.
    for (let i = 0; i < REQUESTS; i++) expect((await chat(child, { max_tokens: 2 })).status).toBe(200);
    await counts(child, REQUESTS);
    for (let ask = 0; ask < 4; ask++) expect(await metric(child, COUNTED)).toBe(REQUESTS);
    const body = { model: 'auto', messages: user('Hi') };
    const asked = await Promise.all([1, 2, 3, 4].map(() => send(`${child.url}/v1/route`, { body })));
    expect(new Set(asked.map((answer) => Number(answer.json().draw))).size).toBe(asked.length);
    if (process.platform === 'linux') {
      // Two simulated servers and the gateway's own socket, all the primary's.
      expect(workersOf(child).map(({ pid }) => listeningSockets(pid))).toEqual([0, 0]);
    }

    writeFileSync(policyPath, policy('renamed'));
    child.signal('SIGHUP');
    await until('both route by it', async () =>
      (await fromEach(() => send(`${child.url}/v1/models`))).every(({ text }) => text.includes('renamed')),
    );

    const text = chat(child, { model: 'renamed', stream: true }).then((answer) => answer.text);
    await until('the stream has begun', () => open);
    child.signal('SIGTERM');
    await until('it drains', () => child.printed.includes('sluice: draining'));
    open?.write('data: second\n\n');
    open?.end('data: [DONE]\n\n');
    expect(await text).toBe('data: first\n\ndata: second\n\ndata: [DONE]\n\n');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
    expect(child.printed).toMatch(/sluice: stopped\s*$/u);

    const { decisions } = await readDataDirectory(dataDir);
    expect(decisions).toHaveLength(REQUESTS + 1);
    expect(new Set(decisions.map(({ outcome }) => outcome.finish))).toEqual(new Set(['completed']));
  });

  it('one that is killed is replaced, what it acknowledged is kept; with their primary all end', async () => {
    const policy = policyOver({ a: { endpoints: [(await sim('m-a')).url] } });
    const { policyPath, dataDir } = files(policy);
    const child = await serveOnTwo(policyPath, dataDir);
    const sent: { key: string; body: { decision_id: string; score: number } }[] = [];
    for (let i = 0; i < 8; i++) {
      // An answer and its feedback meet the same worker in every other round.
      if (i % 2 === 0) await send(`${child.url}/readyz`);
      const body = { decision_id: idOf(await chat(child)), score: i % 2 };
      expect((await sendFeedback(child, body, `key ${i}`)).status).toBe(200);
      sent.push({ key: `key ${i}`, body });
    }
    const expectKept = async (gateway: { url: string }): Promise<void> => {
      for (const { key, body } of sent) {
        expect((await sendFeedback(gateway, body, key)).json()).toMatchObject({ status: 'duplicate' });
      }
    };

    const [victim, other] = workersOf(child);
    await counts(child, 8);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await until(
      'it is replaced',
      async () => {
        expect(await metric(child, COUNTED).catch(() => 8)).toBe(8);
        return workersOf(child).length === 3;
      },
      START_MS,
    );
    expect(child.printed).toContain(`worker ${victim?.index} died (SIGKILL); its successor starts in 100 ms`);
    expect(workersOf(child)[2]?.index).toBe(victim?.index);
    // Both are asked, each about every other one.
    await expectKept(child);
    await send(`${child.url}/readyz`);
    await expectKept(child);
    for (let i = 0; i < 4; i++) expect((await chat(child)).status).toBe(200);
    await counts(child, 12);

    // With both of them dead nobody listens; their successors do so where the others did.
    for (const worker of [other, workersOf(child)[2]]) process.kill(worker?.pid ?? 0, 'SIGKILL');
    await until('both are replaced', () => workersOf(child).length === 5, START_MS);
    expect(await metric(child, COUNTED)).toBe(12);
    for (let i = 0; i < 4; i++) expect((await chat(child)).status).toBe(200);

    child.signal('SIGKILL');
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
    await until('the workers have ended', () => workersOf(child).every(({ pid }) => !isAlive(pid)));
    await expectKept(await gatewayOver(policy, { dataDir }));
  });

  it('learn together: what one is told, all route by, and so does the next gateway', async () => {
    const pools = { a: { endpoints: [(await sim('m-a')).url] }, b: { endpoints: [(await sim('m-b')).url] } };
    const policy = policyOver(pools, { routes: [{ name: 'main', candidates: ['a', 'b'], strategy: 'bandit' }] });
    const { policyPath, dataDir } = files(policy);
    const child = await serveOnTwo(policyPath, dataDir);
    const expected = async (gateway: { url: string }): Promise<string> => {
      const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] };
      return JSON.stringify((await send(`${gateway.url}/v1/route`, { body })).json().candidates.map(qualityOf));
    };
    const expectedByEach = async (): Promise<Set<string>> => new Set(await fromEach(() => expected(child)));
    const before = await expected(child);
    const REWARDS = 12;
    for (let i = 0; i < REWARDS; i++) {
      // An answer and its feedback meet the same worker in every other round.
      if (i % 2 === 0) await send(`${child.url}/readyz`);
      // No two are the same: two workers that do not know all expect something else.
      const body = { decision_id: idOf(await chat(child)), score: i / REWARDS };
      expect((await sendFeedback(child, body)).status).toBe(200);
    }
    await until('each is counted', async () => (await metric(child, 'sluice_rewards_total')) === REWARDS);
    await until('both know all', async () => (await expectedByEach()).size === 1, 60_000);
    const after = await expected(child);
    expect(after).not.toBe(before);
    expect(await metric(child, 'sluice_rewards_total')).toBe(REWARDS);
    child.signal('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(await expected(await gatewayOver(policy, { dataDir }))).toBe(after);
  });

  it('what cannot be served is said once, and ends with 2', async () => {
    const holder = await gatewayOver(policyOver({ a: { endpoints: ['http://127.0.0.1:9/v1'] } }));
    const { port } = new URL(holder.url);
    const { policyPath, dataDir } = files(policyOver({ a: { endpoints: ['http://127.0.0.1:9/v1'] } }));
    const run = (...args: string[]): ChildGateway => runSluice(['serve', '--data-dir', dataDir, ...args], WORKERS);
    const taken = run('--policy', policyPath, '--port', port);
    const nowhere = run('--policy', '/nowhere.yaml', '--port', '0');
    expect(await taken.ended).toMatchObject({ code: 2 });
    expect(taken.printed).toBe(`sluice: port ${port} is taken; choose another with --port\n`);
    expect(await nowhere.ended).toMatchObject({ code: 2 });
    expect(nowhere.printed).toBe('sluice: /nowhere.yaml: cannot be read: there is no such file\n');
    expect((await send(`${holder.url}/readyz`)).status).toBe(200);
  });

  it('that die at the start again and again are given up, with how they died', async () => {
    const { policyPath, dataDir } = files(policyOver({ a: { endpoints: ['http://127.0.0.1:9/v1'] } }));
    const poison = `${tempDirectory()}/poison.cjs`;
    writeFileSync(poison, 'if (process.send !== undefined) process.exit(7);\n');
    const args = ['serve', '--policy', policyPath, '--data-dir', dataDir, '--port', '0'];
    const child = runSluice(args, { ...WORKERS, NODE_OPTIONS: `--require ${poison}` });
    expect(await child.ended).toMatchObject({ code: 1 });
    expect(child.printed).toContain('worker 0 died (exit code 7); its successor starts in 800 ms');
    expect(child.printed).toMatch(
      /^sluice: workers died 5 times in a row before they could serve \(the last one: exit code 7\)/mu,
    );
    expect(existsSync(`${dataDir}/owner.lock`)).toBe(false);
  });
});

function qualityOf(candidate: { readonly quality?: number }): string | undefined {
  return candidate.quality?.toFixed(6);
}
