// The metrics page as requests move it, and that no caller can make it grow.
import { expect, it } from 'vitest';
import {
  chat,
  gatewayOver,
  idOf,
  metric,
  policyOver,
  send,
  sendFeedback,
  sim,
  until,
  user,
  type TestGateway,
} from './harness.ts';

async function series(gateway: TestGateway): Promise<Set<string>> {
  const { text } = await send(`${gateway.url}/metrics`);
  return new Set(
    text
      .split('\n')
      .filter((line) => line.startsWith('sluice_'))
      .map((line) => line.slice(0, line.lastIndexOf(' '))),
  );
}

async function start(): Promise<TestGateway> {
  const pools = { a: { endpoints: [(await sim('m-a')).url] }, b: { endpoints: [(await sim('m-b')).url] } };
  const cascade = { name: 'careful', when: 'model == "careful"', candidates: ['a', 'b'], strategy: 'cascade' };
  const routes = [cascade, { name: 'main', candidates: ['a', 'b'] }];
  return gatewayOver(policyOver(pools, { routes, aliases: { auto: 'main', careful: 'careful' } }));
}

it('counts requests, tokens, dollars, times, stages, attempts, feedback and rewards', async () => {
  const gateway = await start();
  const plain = (await chat(gateway)).json();
  const { prompt_tokens, completion_tokens } = plain.usage;
  expect(await metric(gateway, 'sluice_tokens_total{route="main",pool="a",direction="input"}')).toBe(prompt_tokens);
  expect(await metric(gateway, 'sluice_tokens_total{route="main",pool="a",direction="output"}')).toBe(
    completion_tokens,
  );
  expect(await metric(gateway, 'sluice_cost_usd_total{route="main",pool="a"}')).toBeCloseTo(
    (prompt_tokens + 2 * completion_tokens) / 1e6,
    10,
  );
  expect(await metric(gateway, 'sluice_ttft_seconds_count')).toBe(0);

  const streamed = await chat(gateway, { stream: true });
  await chat(gateway, { model: 'careful' }, { 'x-sim-fault': 'refusal' });
  await chat(gateway, { model: 'b' }, { 'x-sim-fault': '500' });
  await chat(gateway, { model: 'none' });
  await sendFeedback(gateway, { decision_id: idOf(streamed), score: 1 });
  await until('the learner has it', async () => (await metric(gateway, 'sluice_rewards_total')) === 1);
  const expected = {
    'sluice_requests_total{route="main",strategy="fixed",pool="a",finish="completed",status="200"}': 2,
    'sluice_requests_total{route="careful",strategy="cascade",pool="b",finish="completed",status="200"}': 1,
    'sluice_requests_total{route="(direct)",strategy="fixed",pool="none",finish="failed",status="500"}': 1,
    'sluice_rejected_total{code="SLUICE_ROUTER_MODEL_NOT_FOUND"}': 1,
    sluice_topic_requests_total: 4,
    'sluice_ttft_seconds_count{route="main",pool="a"}': 1,
    sluice_e2e_seconds_count: 4,
    sluice_overhead_seconds_count: 4,
    'sluice_extra_attempts_total{route="careful"}': 1,
    'sluice_stage_deferred_total{route="careful",pool="a",reason="refusal"}': 1,
    sluice_attempts_failed_total: 1,
    sluice_attempts_total: 5,
    'sluice_feedback_total{result="counted"}': 1,
    sluice_open_decisions: 0,
    sluice_endpoint_healthy: 2,
    sluice_store_failures_total: 0,
  };
  for (const [name, value] of Object.entries(expected))
    expect([name, await metric(gateway, name)]).toEqual([name, value]);
  expect((await send(`${gateway.url}/metrics`)).text).toMatch(
    /^sluice_attempts_failed_total\{pool="b",endpoint="http:[^"]+",code="upstream_500"\} 1$/m,
  );
  expect(await metric(gateway, 'sluice_learner_version')).toBeGreaterThan(0);
  // Local sims: Sluice's own part of a request is a few milliseconds, not the whole of it.
  expect(await metric(gateway, 'sluice_overhead_seconds_sum')).toBeLessThan(
    await metric(gateway, 'sluice_e2e_seconds_sum'),
  );
});

it('has no series that a caller names', async () => {
  const gateway = await start();
  const kinds: ((i: number) => Promise<unknown>)[] = [
    (i) =>
      chat(
        gateway,
        { messages: user(`Question ${i}`), user: `u${i}`, prompt_cache_key: `p${i}` },
        { 'x-sluice-session': `s${i}` },
      ),
    (i) => chat(gateway, { model: `model-${i}` }),
    (i) => send(`${gateway.url}/path-${i}`),
    (i) => send(`${gateway.url}/v1/models/m${i}`),
    (i) => sendFeedback(gateway, { decision_id: `d${i}`, score: 1, label: `l${i}`, source: `s${i}` }),
    (i) => chat(gateway, { [`field${i}`]: 1, messages: `x${i}` }),
    async (i) =>
      sendFeedback(gateway, {
        decision_id: idOf(await chat(gateway)),
        score: 1,
        rater: `r${i}`,
        source: `s${i}`,
        label: `l${i}`,
      }),
  ];
  const round = async (from: number): Promise<Set<string>> => {
    for (let i = from; i < from + 5; i++) await Promise.all(kinds.map((kind) => kind(i)));
    return series(gateway);
  };
  const before = await round(0);
  const after = await round(100);
  const topics = (name: string): boolean => !name.startsWith('sluice_topic_requests_total');
  expect([...after].filter(topics)).toEqual([...before].filter(topics));
  expect(after.size).toBeLessThan(before.size + 12);
});
