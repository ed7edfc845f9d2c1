// Two hundred requests in a random order of arrival, with every fault and with callers that leave: nothing leaks, every decision ends once.
import { request } from 'node:http';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SimServer } from '../../src/sim/index.ts';
import { observations, readDataDirectory } from './log-reader.ts';
import {
  gatewayOver,
  metric,
  policyOver,
  sendFeedback,
  sim,
  until,
  user,
  type Answer,
  type TestGateway,
} from './harness.ts';

const REQUESTS = 200;
const SEED = 20_261_125;

interface Draft {
  readonly model: string;
  readonly stream: boolean;
  readonly fault: string;
  /** ms after which the caller leaves. */
  readonly patience: number | undefined;
  readonly feedback: boolean;
}

// Few enough that not every endpoint is ejected at once.
const FAULTS = [
  ...Array.from({ length: 12 }, () => ''),
  '429',
  '500',
  'cut',
  'garbage',
  'empty',
  'refusal',
  'truncated',
  'bad-json',
];
const draft: fc.Arbitrary<Draft> = fc.record({
  model: fc.constantFrom('auto', 'careful', 'a', 'b'),
  stream: fc.boolean(),
  fault: fc.constantFrom(...FAULTS, 'hang', 'slow'),
  patience: fc.option(fc.nat({ max: 60 }), { nil: undefined, freq: 1 }),
  feedback: fc.boolean(),
});

/** Resolves when the call is over, however. */
function call(gateway: TestGateway, one: Draft, number: number, voices: Promise<Answer>[]): Promise<string> {
  const patience = one.fault === 'hang' || one.fault === 'slow' ? (one.patience ?? 30) : one.patience;
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', ...(one.fault === '' ? {} : { 'x-sim-fault': one.fault }) };
    const outgoing = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
    let id = '';
    outgoing.on('response', (response) => {
      id = String(response.headers['x-sluice-decision-id'] ?? '');
      if (one.feedback && id !== '') voices.push(sendFeedback(gateway, { decision_id: id, score: (number % 5) / 4 }));
      response.on('error', () => undefined).resume();
    });
    outgoing.on('error', () => undefined);
    outgoing.on('close', () => resolve(id));
    outgoing.end(JSON.stringify({ model: one.model, stream: one.stream, messages: user(`Question ${number}`) }));
    if (patience !== undefined) setTimeout(() => outgoing.destroy(), patience).unref();
  });
}

it(`ends every decision of ${REQUESTS} exactly once, and nothing stays in flight (seed ${SEED})`, async () => {
  const servers: SimServer[] = [];
  const endpoints = async (model: string): Promise<string[]> => {
    const started = await Promise.all(Array.from({ length: 6 }, () => sim(model, { timeScale: 0.2 })));
    servers.push(...started);
    return started.map(({ url }) => url);
  };
  const cascade = { name: 'careful', when: 'model == "careful"', candidates: ['a', 'b'], strategy: 'cascade' };
  const routes = [cascade, { name: 'main', candidates: ['a', 'b'], strategy: 'bandit' }];
  const pools = { a: { endpoints: await endpoints('m-a') }, b: { endpoints: await endpoints('m-b') } };
  const gateway = await gatewayOver(policyOver(pools, { routes, aliases: { auto: 'main', careful: 'careful' } }));
  const drafts = fc.sample(draft, { numRuns: REQUESTS, seed: SEED });

  const seen = new Set<string>();
  const voices: Promise<Answer>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < drafts.length) {
      const number = next++;
      const one = drafts[number];
      if (one !== undefined) seen.add(await call(gateway, one, number, voices));
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));

  for (const { status } of await Promise.all(voices)) expect(status).toBe(200);
  await until('no decision is open', async () => (await metric(gateway, 'sluice_open_decisions')) === 0);
  expect(await metric(gateway, 'sluice_endpoint_in_flight')).toBe(0);
  await until('the engines are idle', () => servers.every((s) => s.stats().running + s.stats().waiting === 0));
  const finished = await metric(gateway, 'sluice_requests_total');
  expect(gateway.log.join('')).not.toContain('unexpected error');
  await gateway.close();

  const data = await readDataDirectory(gateway.dataDir);
  // On a slow machine more callers leave before anything of theirs has come.
  expect(finished).toBeGreaterThan(REQUESTS / 4);
  // The metric counts every closing: a second one of the same decision would show here.
  expect(data.decisions.length).toBe(finished);
  expect(data.outcomes).toBe(data.decisions.length);
  seen.delete('');
  const recorded = new Set(data.decisions.map(({ record }) => String(record.id)));
  for (const id of seen) expect(recorded).toContain(id);
  const finishes = new Set(data.decisions.map(({ outcome }) => outcome.finish));
  expect([...finishes].toSorted()).toEqual(['abandoned', 'completed', 'failed', 'interrupted']);
  expect(voices.length).toBeGreaterThan(10);
  const learned = data.decisions.filter(({ feedback }) => feedback?.learned !== undefined);
  expect(observations(data)).toBe(learned.length);
  for (const { outcome, feedback } of data.decisions) {
    if (feedback === undefined) continue;
    expect(feedback.learned !== undefined).toBe(outcome.finish === 'completed');
  }
});
