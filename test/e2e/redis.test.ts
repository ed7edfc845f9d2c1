// Gateways over one Redis: they share decisions, feedback and what they learn; its password is nowhere to be seen.
import { expect, it } from 'vitest';
import { storeHomes } from '../../src/store/index.ts';
import { redisForTests, wipe } from '../../src/store/fixtures/redis-server.ts';
import { atEnd, chat, gatewayOver, idOf, policyOver, sendFeedback, sim, until } from './harness.ts';
import { readStore } from './log-reader.ts';

const redis = await redisForTests();
if (redis.kind === 'none') process.stderr.write(`gateways over redis are SKIPPED: ${redis.why}\n`);

it.runIf(redis.kind === 'redis')(
  'two gateways share one log: feedback on the other’s answers counts once',
  async () => {
    if (redis.kind !== 'redis') return;
    const { url } = redis;
    atEnd(() => redis.dispose());
    const prefix = `e2e-${process.pid}`;
    atEnd(() => wipe(url, prefix));
    const policy = policyOver({ a: { endpoints: [(await sim('m-a')).url] } });
    const env = { SLUICE_STORE: 'redis', SLUICE_REDIS_URL: url, SLUICE_REDIS_PREFIX: prefix };
    const [one, two] = [await gatewayOver(policy, { env }), await gatewayOver(policy, { env })];
    const ids = [];
    for (const gateway of [one, two, one, two]) ids.push(idOf(await chat(gateway)));
    for (const id of ids) {
      const answers = await Promise.all(
        [one, two].map((gateway) => sendFeedback(gateway, { decision_id: id, score: 1 }, `key ${id}`)),
      );
      const statuses: string[] = answers.map((answer) => answer.json().status);
      expect(statuses.toSorted()).toEqual(['counted', 'duplicate']);
    }
    await one.close();
    // The other takes over what the first has learnt.
    await until(
      'it is taken over',
      async () => {
        const store = await storeHomes.redis.open({ directory: '', url, prefix, readOnly: true });
        try {
          let found = 0;
          for await (const _ of store.range('takeovers')) found++;
          return found === 1;
        } finally {
          await store.close();
        }
      },
      60_000,
    );
    await two.close();
    const store = await storeHomes.redis.open({ directory: '', url, prefix, readOnly: true });
    const data = await readStore(store);
    await store.close();
    expect(data.decisions.map(({ record }) => String(record.id)).toSorted()).toEqual(ids.toSorted());
    expect([data.outcomes, data.rewards.length]).toEqual([4, 4]);
    expect(data.learnt).toBe(4);
  },
);

it('says where Redis is and never its password when it cannot be reached', async () => {
  const url = 'redis://user:hunter2@127.0.0.1:1/0';
  const policy = policyOver({ a: { endpoints: ['http://127.0.0.1:9/v1'] } });
  const failure: unknown = await gatewayOver(policy, { env: { SLUICE_STORE: 'redis', SLUICE_REDIS_URL: url } }).catch(
    (error: unknown) => error,
  );
  expect(String(failure)).toContain('127.0.0.1:1');
  expect(String(failure)).not.toContain('hunter2');
});
