// Five hundred requests with every fault, while callers leave, policies change, and endpoints go down and come up again: the books are right.
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SIM_FAULTS, type SimServer } from '../../src/sim/index.ts';
import { atEnd, gatewayOver, listen, metric, policyOver, sim, until, user, type TestGateway } from './harness.ts';
import { expectUnharmed } from './unharmed.ts';

const REQUESTS = 500;
const SEED = 20_261_125;

/** An endpoint's door, which can be shut: whoever is inside is thrown out. */
interface Door {
  readonly url: string;
  set(open: boolean): void;
}

async function doorTo(server: SimServer): Promise<Door> {
  const { port: to } = new URL(server.url);
  const sockets = new Set<Socket>();
  let open = true;
  const door = createServer((outer) => {
    if (!open) return void outer.destroy();
    const inner = connect(Number(to), '127.0.0.1');
    for (const socket of [outer, inner]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        outer.destroy();
        inner.destroy();
      });
    }
    outer.pipe(inner).pipe(outer);
  });
  const port = await listen(door);
  const throwOut = (): void => sockets.forEach((socket) => socket.destroy());
  atEnd(() => {
    door.close();
    throwOut();
  });
  return {
    url: `http://127.0.0.1:${port}/v1`,
    set: (next) => {
      open = next;
      if (!open) throwOut();
    },
  };
}

interface Draft {
  readonly path: 'chat/completions' | 'completions' | 'embeddings';
  readonly model: string;
  readonly stream: boolean;
  readonly fault: string;
  /** When the caller leaves: after so many ms, or at so many bytes of the answer. */
  readonly leaves: { readonly afterMs: number } | { readonly atBytes: number } | undefined;
}

// A server that answers nobody is waited for by its caller's patience alone.
const ENDLESS = new Set(['hang', 'stall', 'slow']);
const faults = Object.keys(SIM_FAULTS);
const draft: fc.Arbitrary<Draft> = fc.record({
  path: fc.constantFrom('chat/completions', 'chat/completions', 'chat/completions', 'completions', 'embeddings'),
  model: fc.constantFrom('auto', 'auto', 'careful', 'a', 'b', 'nobody'),
  stream: fc.boolean(),
  fault: fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 2, arbitrary: fc.constantFrom(...faults) }),
  leaves: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat({ max: 20 }).map((afterMs) => ({ afterMs })) },
    { weight: 1, arbitrary: fc.nat({ max: 2_000 }).map((atBytes) => ({ atBytes })) },
  ),
});

/** Resolves, when the call is over however, to the decision's id if there was one. */
function call(gateway: TestGateway, one: Draft, number: number): Promise<string> {
  const fault = one.fault === 'huge-event' ? 'huge-event=200000' : one.fault;
  const leaves = ENDLESS.has(fault) ? { afterMs: 25 } : one.leaves;
  const text = `Question ${number}`;
  const body =
    one.path === 'embeddings'
      ? { model: one.model, input: text }
      : {
          model: one.model,
          stream: one.stream,
          ...(one.path === 'completions' ? { prompt: text } : { messages: user(text) }),
        };
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', ...(fault === '' ? {} : { 'x-sim-fault': fault }) };
    const outgoing = request(`${gateway.url}/v1/${one.path}`, { method: 'POST', headers, agent: false });
    let id = '';
    let bytes = 0;
    outgoing.on('response', (response) => {
      id = String(response.headers['x-sluice-decision-id'] ?? '');
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (leaves !== undefined && 'atBytes' in leaves && bytes >= leaves.atBytes) outgoing.destroy();
      });
    });
    outgoing.on('error', () => undefined);
    outgoing.on('close', () => resolve(id));
    outgoing.end(JSON.stringify(body));
    if (leaves !== undefined && 'afterMs' in leaves) setTimeout(() => outgoing.destroy(), leaves.afterMs).unref();
  });
}

it(`of ${REQUESTS} requests leaves nothing behind (seed ${SEED})`, { timeout: 240_000 }, async () => {
  const servers: SimServer[] = [];
  const doorsOf = async (model: string): Promise<Door[]> =>
    Promise.all(
      Array.from({ length: 6 }, async () => {
        const server = await sim(model, { timeScale: 0.1 });
        servers.push(server);
        return doorTo(server);
      }),
    );
  const [a, b] = [await doorsOf('m-a'), await doorsOf('m-b')];
  const policy = (variant: number): string => {
    const pools = {
      a: { endpoints: a.map(({ url }) => url).slice(variant % 2) },
      b: { endpoints: b.map(({ url }) => url), queue: { size: 20, timeoutMs: 500 } },
      ...(variant % 3 === 1 ? { c: { endpoints: a.map(({ url }) => url).slice(0, 1) } } : {}),
    };
    const careful = { name: 'careful', when: 'model == "careful"', strategy: { kind: 'cascade', stages: ['a', 'b'] } };
    const strategy = ['bandit', 'weighted', 'cheapest', 'fixed'][variant % 4];
    const routes = [careful, { name: 'main', candidates: ['a', 'b'], strategy }];
    const timeouts = { ttftMs: 2_000, itlMs: 2_000, totalMs: 5_000 };
    return policyOver(pools, { routes, timeouts, aliases: { auto: 'main', careful: 'careful' } });
  };
  const gateway = await gatewayOver(policy(0));
  const drafts = fc.sample(draft, { numRuns: REQUESTS, seed: SEED });

  const seen = new Set<string>();
  let next = 0;
  let reloads = 0;
  const worker = async (): Promise<void> => {
    while (next < drafts.length) {
      const number = next++;
      // At fixed places in the row: one door of each pool is shut and opened, and the policy is another.
      if (number % 60 === 20) a[0]?.set(false);
      if (number % 60 === 40) a[0]?.set(true);
      if (number % 80 === 30) b[1]?.set(false);
      if (number % 80 === 60) b[1]?.set(true);
      if (number % 50 === 49)
        await gateway.reload(reloads % 5 === 3 ? 'routes: [' : policy(reloads + 1)).then(() => reloads++);
      const one = drafts[number];
      if (one !== undefined) seen.add(await call(gateway, one, number));
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  for (const door of [...a, ...b]) door.set(true);
  await until('no decision is open', async () => (await metric(gateway, 'sluice_open_decisions')) === 0);
  await until('the engines are idle', () => servers.every((one) => one.stats().running + one.stats().waiting === 0));
  expect(reloads).toBe(REQUESTS / 50);
  expect(await metric(gateway, 'sluice_policy_reloads_total')).toBeGreaterThan(reloads / 2);
  const attempts = await metric(gateway, 'sluice_attempts_total');

  // Somebody is there to answer, but endpoints may still be ejected: no next request is asked for.
  const outcomes = await expectUnharmed(gateway, false);
  expect(outcomes.length).toBeGreaterThan(REQUESTS / 3);
  // What never left a queue was sent to nobody.
  const sent = outcomes.flatMap((outcome) => outcome.attempts.filter(({ endpoint }) => endpoint !== ''));
  expect(attempts).toBe(sent.length);
  expect(new Set(outcomes.map(({ decisionId }) => decisionId)).size).toBe(outcomes.length);
  seen.delete('');
  const recorded = new Set(outcomes.map(({ decisionId }) => String(decisionId)));
  for (const id of seen) expect(recorded).toContain(id);
  expect([...new Set(outcomes.map(({ finish }) => finish))].toSorted()).toEqual([
    'abandoned',
    'completed',
    'failed',
    'interrupted',
  ]);
});
