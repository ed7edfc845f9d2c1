// Callers of a policy, seen from outside: who is recognised, who is let in, and where their keys go, which is nowhere.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  call,
  chat,
  gatewayOver,
  idOf,
  policyOver,
  send,
  sendFeedback,
  upstream,
  type TestGateway,
  type Upstream,
} from './harness.ts';

const ALICE = 'sk-alice-3f9c';
const BOB = 'sk-bob-77e1';
const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

const CALLERS = {
  alice: { keyEnv: 'ALICE_KEY', role: 'premium', tags: { team: 'search' } },
  bob: { keySha256: hash(BOB).toUpperCase() },
};

const ok = (): Promise<Upstream> =>
  upstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"message":{"content":"ok"}}]}');
  });

async function start(
  more: object = {},
  pool: object = {},
): Promise<{ gateway: TestGateway; server: Upstream; policy: string }> {
  const server = await ok();
  const policy = policyOver(
    { main: { endpoints: [server.url], ...pool } },
    {
      callers: CALLERS,
      routes: [
        { name: 'premium', when: 'caller_role == "premium"', candidates: ['main'] },
        { name: 'known', when: 'caller != ""', candidates: ['main'] },
        { name: 'main', candidates: ['main'] },
      ],
      ...more,
    },
  );
  const gateway = await gatewayOver(policy, { env: { ALICE_KEY: ALICE } });
  return { gateway, server, policy };
}

const route = ({ headers }: { headers: Record<string, unknown> }): unknown => headers['x-sluice-route'];

describe('callers', () => {
  it('callers.NAME.keyEnv, callers.NAME.keySha256: are recognised by their keys, and others are nobody', async () => {
    const { gateway } = await start();
    expect(route(await chat(gateway, {}, bearer(ALICE)))).toBe('premium');
    expect(route(await chat(gateway, {}, { authorization: `bearer  ${ALICE} ` }))).toBe('premium');
    expect(route(await chat(gateway, {}, bearer(BOB)))).toBe('known');
    for (const headers of [
      {},
      bearer('sk-other'),
      bearer(hash(BOB)),
      { authorization: `Basic ${ALICE}` },
      bearer(`${ALICE}x`),
    ]) {
      expect(route(await chat(gateway, {}, headers))).toBe('main');
    }
  });

  it('their keys go to no upstream, whether it has one of its own or not; a stranger’s still goes', async () => {
    const { gateway, server } = await start();
    await chat(gateway, {}, { ...bearer(ALICE), 'x-api-key': ALICE, 'api-key': ALICE, 'x-other': 'yes' });
    await call(gateway, 'embeddings', { input: 'x' }, bearer(BOB));
    await chat(gateway, {}, bearer('sk-stranger'));
    const seen = server.seen.map(({ headers }) => [headers.authorization, headers['x-api-key'], headers['api-key']]);
    expect(seen).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
      ['Bearer sk-stranger', undefined, undefined],
    ]);
    expect(server.seen[0]?.headers['x-other']).toBe('yes');
  });

  it('are in the record by name, with their tags before those of the request; no key is anywhere', async () => {
    const { gateway } = await start();
    await chat(gateway, {}, { ...bearer(ALICE), 'x-sluice-tags': 'team=ads, env=prod' });
    const refused = await chat(gateway, { messages: 3 }, bearer(ALICE));
    const dry = await chat(gateway, {}, { ...bearer(ALICE), 'x-sluice-dry-run': 'true' });
    expect(dry.json().workload).toMatchObject({ caller: 'alice', tags: { team: 'search' } });
    const metrics = (await send(`${gateway.url}/metrics`)).text;
    await gateway.close();
    const { decisions } = await readDataDirectory(gateway.dataDir);
    expect(decisions).toHaveLength(1);
    expect(decisions[0]?.record.workload).toMatchObject({ caller: 'alice', tags: { team: 'search', env: 'prod' } });
    const all = [JSON.stringify(decisions), gateway.log.join('\n'), refused.text, dry.text, metrics].join('\n');
    for (const secret of [ALICE, hash(ALICE)]) expect(all).not.toContain(secret);
    expect(metrics).not.toContain('alice');
  });

  it('requireCaller: whoever is none of them gets 401, before anything is read or recorded', async () => {
    const { gateway, server } = await start({ requireCaller: true });
    const strangers = [
      await chat(gateway, {}, bearer('sk-canary-stranger')),
      await chat(gateway),
      await call(gateway, 'completions', { prompt: 'x' }),
      await call(gateway, 'embeddings', { input: 'x' }),
      await call(gateway, 'route', { messages: [] }),
      await send(`${gateway.url}/v1/models`),
      await sendFeedback(gateway, { decision_id: 'x', score: 1 }),
      await send(`${gateway.url}/v1/chat/completions`, { method: 'POST', body: 'no json' }),
    ];
    for (const answer of strangers) {
      expect([answer.status, answer.json().error]).toEqual([
        401,
        {
          message: 'No key was sent that is known here: send yours as `authorization: Bearer KEY`.',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_api_key',
          sluice_code: 'SLUICE_GATEWAY_UNKNOWN_CALLER',
        },
      ]);
    }
    expect(gateway.log.join('\n')).not.toContain('sk-canary-stranger');
    const welcome = await chat(gateway, {}, bearer(BOB));
    expect([welcome.status, route(welcome), idOf(welcome)]).toEqual([200, 'known', expect.stringMatching(/^dec_/)]);
    for (const open of ['healthz', 'readyz', 'metrics']) {
      expect((await send(`${gateway.url}/${open}`)).status).toBe(200);
    }
    expect(server.seen).toHaveLength(1);
  });

  it('change with the policy while the gateway runs; one in which two have one key is refused and the old one stays', async () => {
    const { gateway, policy } = await start({ requireCaller: true });
    const having = (callers: object): string => JSON.stringify({ ...(JSON.parse(policy) as object), callers });
    await gateway.reload(having({ carol: { keySha256: hash('sk-carol') } }));
    expect((await chat(gateway, {}, bearer(ALICE))).status).toBe(401);
    expect((await chat(gateway, {}, bearer('sk-carol'))).status).toBe(200);
    await gateway.reload(having({ alice: { keyEnv: 'ALICE_KEY' }, eve: { keySha256: hash(ALICE) } }));
    expect(gateway.log.join('\n')).toContain('callers \\"alice\\" and \\"eve\\" have the same key');
    expect((await chat(gateway, {}, bearer('sk-carol'))).status).toBe(200);
    await gateway.reload(having({ alice: { keyEnv: 'NOT_SET' }, carol: { keySha256: hash('sk-carol') } }));
    expect(gateway.log.join('\n')).toContain('the environment variable NOT_SET is not set; nobody is taken for alice');
    expect((await chat(gateway, {}, bearer(''))).status).toBe(401);
    expect((await chat(gateway, {}, bearer('sk-carol'))).status).toBe(200);
  });
});
