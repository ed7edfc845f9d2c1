// Feedback over HTTP: counted once, early, late, on failures, by several raters; and what was learnt outlives the process.
import { request } from 'node:http';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { COLLECTIONS } from '../../src/feedback/index.ts';
import { openLmdbStore } from '../../src/store/index.ts';
import { observations, readDataDirectory } from './log-reader.ts';
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
  type TestGateway,
} from './harness.ts';
import { answersIn, rawCaller, rawRequest } from './raw-caller.ts';

const BANDIT = { routes: [{ name: 'main', candidates: ['a', 'b'], strategy: 'bandit' }] };

async function banditOver(dataDir?: string): Promise<TestGateway> {
  const pools = { a: { endpoints: [(await sim('m-a')).url] }, b: { endpoints: [(await sim('m-b')).url] } };
  return gatewayOver(policyOver(pools, BANDIT), dataDir === undefined ? {} : { dataDir });
}
const statusOf = async (gateway: TestGateway, body: object, key?: string): Promise<string> =>
  (await sendFeedback(gateway, body, key)).json().status;

describe('feedback', () => {
  it('is counted once: same key, same body without a key, concurrent copies', async () => {
    const gateway = await banditOver();
    const [one, two, three] = await Promise.all([chat(gateway), chat(gateway), chat(gateway)]);
    const body = (answer: typeof one) => ({ decision_id: idOf(answer), score: 1 });
    expect(await statusOf(gateway, body(one), 'k')).toBe('counted');
    expect(await statusOf(gateway, body(one), 'k')).toBe('duplicate');
    expect(await statusOf(gateway, body(two))).toBe('counted');
    expect(await statusOf(gateway, body(two))).toBe('duplicate');
    const copies = await Promise.all(
      Array.from({ length: 30 }, (_, i) => statusOf(gateway, body(three), i < 15 ? 'c' : undefined)),
    );
    expect(copies.filter((status) => status === 'duplicate')).toHaveLength(29);
    await until('the learner has them', async () => (await metric(gateway, 'sluice_rewards_total')) === 3);
    expect(await metric(gateway, 'sluice_feedback_total{result="duplicate"}')).toBe(31);
    await gateway.close();
    const data = await readDataDirectory(gateway.dataDir);
    expect(observations(data)).toBe(3);
    expect(data.rewards).toHaveLength(3);
  });

  it('says what became of it, in OpenAI’s style', async () => {
    const gateway = await banditOver();
    const decision_id = idOf(await chat(gateway));
    const answer = await sendFeedback(gateway, { decision_id, score: 0.5, label: 'meh', rater: 'r', source: 'judge' });
    expect(answer.json()).toEqual({ object: 'feedback', decision_id, status: 'counted', reason: null });
  });

  it('is answered alike by the lane and by node:http', async () => {
    const gateway = await banditOver();
    for (const said of ['"status":"counted"', 'SLUICE_FEEDBACK_UNKNOWN_DECISION']) {
      const caller = rawCaller(gateway);
      const answers: string[][] = [];
      // No name comes twice in what the lane takes; from then on the connection is node:http's.
      for (const headers of [[], ['x-twice: a', 'x-twice: b']]) {
        const id = said.startsWith('SLUICE') ? 'nothing' : idOf(await chat(gateway));
        const body = JSON.stringify({ decision_id: id, score: 1 });
        const before = caller.text().length;
        caller.socket.write(rawRequest([...headers, 'connection: keep-alive'], body, 'POST /v1/feedback HTTP/1.1'));
        await until('an answer', () =>
          answersIn(caller.text().slice(before)).some((answer) => answer.body.endsWith('}')),
        );
        const [head = '', rest = ''] = caller.text().slice(before).replace(id, 'ID').split('\r\n\r\n');
        expect(rest).toContain(said);
        answers.push([
          ...head
            .toLowerCase()
            .replace(/^date: .*$/mu, 'date')
            .split('\r\n')
            .toSorted(),
          rest,
        ]);
      }
      caller.socket.destroy();
      expect(answers[0]).toEqual(answers[1]);
    }
  });

  it('of several raters is averaged, each one’s latest counting: the learner is corrected, not told twice', async () => {
    const gateway = await banditOver();
    const decision_id = idOf(await chat(gateway));
    for (const [rater, score] of [
      ['r1', 1],
      ['r2', 0],
      ['r1', 0.5],
    ] as const) {
      expect(await statusOf(gateway, { decision_id, rater, score })).toBe('counted');
    }
    await gateway.close();
    const data = await readDataDirectory(gateway.dataDir);
    expect(data.rewards.map(({ reward }) => [reward.previousValue ?? null, reward.value])).toEqual([
      [null, 1],
      [1, 0.5],
      [0.5, 0.25],
    ]);
    expect(observations(data)).toBe(1);
    expect(data.decisions[0]?.feedback).toMatchObject({
      learned: 0.25,
      entries: [{ score: 1 }, { score: 0 }, { score: 0.5 }],
    });
  });

  it('may come before the stream has ended: it is joined at its end', async () => {
    let open: ServerResponse | undefined;
    const server = await upstream((response) => {
      open = response.writeHead(200, { 'content-type': 'text/event-stream' });
      open.write('data: {"choices":[{"delta":{"content":"x"}}]}\n\n');
    });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const id = await new Promise<string>((resolve) => {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
      call.on('response', (response) => {
        response.resume();
        resolve(String(response.headers['x-sluice-decision-id']));
      });
      call.end(JSON.stringify({ model: 'auto', stream: true, messages: user('Hi') }));
    });
    const early = (await sendFeedback(gateway, { decision_id: id, score: 1 })).json();
    expect(early).toMatchObject({ status: 'stored', reason: 'the answer is still under way' });
    expect(await metric(gateway, 'sluice_rewards_total')).toBe(0);
    open?.end('data: [DONE]\n\n');
    await until('it is joined', async () => (await metric(gateway, 'sluice_rewards_total')) === 1);
    await gateway.close();
    expect(observations(await readDataDirectory(gateway.dataDir))).toBe(1);
  });

  it.each([
    ['an answer that never came', '500'],
    ['an answer that broke off', 'cut'],
  ])('on %s is kept and teaches nothing', async (_what, fault) => {
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [(await sim('m-a')).url] } }));
    const answer = await chat(gateway, { stream: true }, { 'x-sim-fault': fault });
    const said = await sendFeedback(gateway, { decision_id: idOf(answer), score: 0 });
    expect(said.json()).toMatchObject({
      status: 'stored',
      reason: 'no answer was delivered that could be learnt from',
    });
    await gateway.close();
    const data = await readDataDirectory(gateway.dataDir);
    expect(data.decisions[0]?.feedback?.entries).toHaveLength(1);
    expect([data.rewards.length, observations(data)]).toEqual([0, 0]);
  });

  it('on an answer of a fallback or a later stage teaches about the model that gave it', async () => {
    const pools = {
      a: { endpoints: [(await sim('m-a', { faults: [{ kind: '500', rate: 1 }] })).url] },
      b: { endpoints: [(await sim('m-b')).url] },
    };
    const gateway = await gatewayOver(policyOver(pools));
    await statusOf(gateway, { decision_id: idOf(await chat(gateway)), score: 1 });
    await gateway.close();
    const { learner } = await readDataDirectory(gateway.dataDir);
    const taught = Object.entries(learner?.arms ?? {}).filter(([, arm]) => arm.observations > 0);
    expect(taught.map(([key, arm]) => [key, arm.observations])).toEqual([['m-b@b', 1]]);
  });
});

describe('after a restart', () => {
  it('late feedback still finds its decision, and earlier feedback is still a duplicate', async () => {
    const dataDir = `${tempDirectory()}/data`;
    const first = await banditOver(dataDir);
    const [rated, unrated] = [idOf(await chat(first)), idOf(await chat(first))];
    await statusOf(first, { decision_id: rated, score: 1 }, 'k');
    await first.close();
    const second = await banditOver(dataDir);
    expect(await statusOf(second, { decision_id: unrated, score: 1 })).toBe('counted');
    expect(await statusOf(second, { decision_id: rated, score: 1 }, 'k')).toBe('duplicate');
    await second.close();
    expect(observations(await readDataDirectory(dataDir))).toBe(2);
  });

  it('the router expects what it expected before, from the sums alone', async () => {
    const dataDir = `${tempDirectory()}/data`;
    const expectations = async (gateway: TestGateway) => {
      const answer = (
        await send(`${gateway.url}/v1/route`, { body: { model: 'auto', messages: user('Sort a list in C') } })
      ).json();
      return answer.candidates.map((c: Record<string, unknown>) => [
        c['pool'],
        c['quality'],
        c['quality_sd'],
        c['expected_cost_usd'],
      ]);
    };
    const first = await banditOver(dataDir);
    const fresh = await expectations(first);
    for (let i = 0; i < 12; i++) {
      const answer = await chat(first, { model: i % 2 === 0 ? 'a' : 'b', messages: user(`Question ${i}`) });
      await statusOf(first, { decision_id: idOf(answer), score: i % 2 });
    }
    await until('the learner has them', async () => (await metric(first, 'sluice_rewards_total')) === 12);
    const learnt = await expectations(first);
    expect(learnt).not.toEqual(fresh);
    await first.close();
    const { learner } = await readDataDirectory(dataDir);
    expect(learner?.appliedSequence).toBe(12);
    expect(Object.values(learner?.arms ?? {}).map((arm) => [arm.observations, arm.answers])).toEqual([
      [6, 6],
      [6, 6],
    ]);

    // Without the log of rewards only the stored sums can tell.
    const store = openLmdbStore({ directory: dataDir });
    const keys: string[] = [];
    for await (const [key] of store.range(COLLECTIONS.rewards)) keys.push(key);
    await store.remove(COLLECTIONS.rewards, keys);
    await store.close();
    const second = await banditOver(dataDir);
    // Summed up in another order: equal but for the last digit.
    const close = (value: unknown): unknown => (typeof value === 'number' ? expect.closeTo(value, 10) : value);
    expect(await expectations(second)).toEqual(learnt.map((arm: unknown[]) => arm.map(close)));
    await second.close();
    expect((await readDataDirectory(dataDir)).learner).toEqual(learner);
  });

  it('an arm whose pool has another model now begins anew, and the old one’s sums are kept', async () => {
    const [old, other] = [await sim('m-a'), await sim('m-new')];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [old.url] } }));
    await statusOf(gateway, { decision_id: idOf(await chat(gateway)), score: 1 });
    await gateway.reload(policyOver({ a: { endpoints: [other.url], model: 'm-new' } }));
    await statusOf(gateway, { decision_id: idOf(await chat(gateway)), score: 1 });
    await gateway.close();
    const { learner } = await readDataDirectory(gateway.dataDir);
    expect(learner?.arms).toMatchObject({ 'm-a@a': { observations: 1 }, 'm-new@a': { observations: 1 } });
  });
});
