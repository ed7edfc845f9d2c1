// Which headers cross the gateway, both ways, and whose key an upstream sees.
import { describe, expect, it } from 'vitest';
import { chat, gatewayOver, policyOver, upstream, type Upstream } from './harness.ts';

const ANSWER = '{"choices":[{"message":{"content":"ok"}}]}';
const KEY = 'sk-pool-key';

async function okServer(headers: Record<string, string | string[]> = {}): Promise<Upstream> {
  return upstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(ANSWER),
  );
}

describe('towards the upstream', () => {
  it('goes what is end to end, and nothing that is of this hop, of Sluice or of its site', async () => {
    const server = await okServer();
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    await chat(
      gateway,
      {},
      {
        connection: 'close, x-hop',
        'x-hop': '1',
        'keep-alive': 'timeout=5',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        cookie: 'session=1',
        'x-sluice-session': 's',
        'x-sluice-tags': 'team=search',
        'x-forwarded-for': '10.0.0.1',
        forwarded: 'for=10.0.0.1',
        via: '1.1 other',
        'idempotency-key': 'k',
        'accept-encoding': 'gzip',
        'x-request-id': 'req-1',
        'openai-organization': 'org',
        'x-latin': 'caf\u00e9',
        accept: 'application/json',
      },
    );
    const [seen] = server.seen;
    expect(Object.keys(seen?.headers ?? {}).toSorted()).toEqual(
      [
        'accept',
        'connection',
        'content-length',
        'content-type',
        'host',
        'openai-organization',
        'x-latin',
        'x-request-id',
      ].toSorted(),
    );
    expect(seen?.headers).toMatchObject({ 'x-request-id': 'req-1', connection: 'keep-alive', 'x-latin': 'caf\u00e9' });
    expect(seen?.headers.host).toBe(new URL(server.url).host);
    expect(seen?.url).toBe('/v1/chat/completions');
  });

  it.each([
    ['the caller’s where the pool has none', undefined, {}, 'Bearer caller', 'caller-2'],
    ['the pool’s own where it has one', 'POOL_KEY', { POOL_KEY: KEY }, `Bearer ${KEY}`, undefined],
    ['no key at all where the pool’s own is not set', 'POOL_KEY', {}, undefined, undefined],
  ])('pools.NAME.apiKeyEnv: the key is %s', async (_what, apiKeyEnv, env, authorization, apiKey) => {
    const server = await okServer();
    const pool = { endpoints: [server.url], ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) };
    const gateway = await gatewayOver(policyOver({ a: pool }), { env });
    const headers = { authorization: 'Bearer caller', 'api-key': 'caller-2', 'x-api-key': 'caller-2' };
    expect((await chat(gateway, {}, headers)).status).toBe(200);
    expect(server.seen[0]?.headers.authorization).toBe(authorization);
    expect(server.seen[0]?.headers['api-key']).toBe(apiKey);
    expect(server.seen[0]?.headers['x-api-key']).toBe(apiKey);
    expect(gateway.log.join('')).toContain(
      apiKeyEnv !== undefined && !('POOL_KEY' in env) ? 'POOL_KEY is not set' : '',
    );
  });
});

describe('towards the caller', () => {
  it('goes what is end to end, and nothing that is of the other hop or could be taken for Sluice’s word', async () => {
    const server = await okServer({
      connection: 'x-internal',
      'x-internal': '1',
      'set-cookie': ['a=1', 'b=2'],
      server: 'uvicorn',
      'strict-transport-security': 'max-age=1',
      'x-sluice-pool': 'forged',
      'x-sluice-forged': '1',
      'x-request-id': 'up-1',
      'x-note': Buffer.from('größe 日本').toString('latin1'),
    });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const answer = await chat(gateway);
    expect(answer.status).toBe(200);
    expect(
      Object.keys(answer.headers)
        .filter((name) => !name.startsWith('x-sluice-'))
        .toSorted(),
    ).toEqual(['connection', 'content-length', 'content-type', 'date', 'x-note', 'x-request-id'].toSorted());
    expect(answer.headers).toMatchObject({ 'x-request-id': 'up-1', 'x-sluice-pool': 'a' });
    expect(Buffer.from(String(answer.headers['x-note']), 'latin1').toString()).toBe('größe 日本');
    expect(answer.headers['x-sluice-forged']).toBeUndefined();
  });

  it('an error after the decision still says which decision it was', async () => {
    const server = await upstream((response) => response.socket?.destroy());
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const answer = await chat(gateway);
    expect(answer.status).toBe(502);
    expect(answer.headers).toMatchObject({ 'x-sluice-pool': 'a', 'x-sluice-route': 'main', 'x-sluice-model': 'm-a' });
    expect(answer.headers['x-sluice-decision-id']).toMatch(/^dec_/u);
  });
});
