// What a gateway knows outlives it: the input tokens that upstreams have reported make the next one's estimates.
import { expect, it } from 'vitest';
import { openOn, outcome, record, say } from '../../src/feedback/fixtures.ts';
import { openLmdbStore } from '../../src/store/index.ts';
import { chat, gatewayOver, policyOver, send, tempDirectory, upstream, user } from './harness.ts';

it('an estimate of input tokens learnt before a restart holds after it', async () => {
  const reported = 400;
  const server = await upstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        choices: [{ message: { content: 'ok' } }],
        usage: { prompt_tokens: reported, completion_tokens: 1 },
      }),
    ),
  );
  // A dollar a token of input, nothing for output: the expected cost is the estimate.
  const price = { inputPerMTok: 1_000_000, outputPerMTok: 0 };
  const policy = policyOver({ a: { endpoints: [server.url], price } });
  const estimate = async (gateway: { url: string }): Promise<number> => {
    const answer = await send(`${gateway.url}/v1/route`, { body: { model: 'auto', messages: user('Hi') } });
    return Number(answer.json().candidates[0].expected_cost_usd);
  };
  const first = await gatewayOver(policy);
  const bare = await estimate(first);
  for (let i = 0; i < 30; i++) expect((await chat(first)).status).toBe(200);
  const learnt = await estimate(first);
  expect(learnt).toBeGreaterThan(bare + 0.5 * (reported - bare));
  await first.close();
  const second = await gatewayOver(policy, { dataDir: first.dataDir });
  expect(await estimate(second)).toBe(learnt);
});

it('what was learnt by a build with another classifier is told of, and how it is learnt again', async () => {
  const dataDir = tempDirectory();
  const store = openLmdbStore({ directory: dataDir });
  const { ledger, close } = await openOn(store);
  const one = record();
  ledger.open(one);
  ledger.close(outcome(one.id));
  await ledger.feedback(say(one.id));
  await close();
  await store.close();
  const gateway = await gatewayOver(policyOver({ a: { endpoints: ['http://127.0.0.1:9/v1'] } }), { dataDir });
  const told = gateway.log.filter((line) => line.includes('another feature space'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('from 1 rewards lies in another feature space (space-1)');
  expect(told[0]).toContain('`sluice relearn`');
});
