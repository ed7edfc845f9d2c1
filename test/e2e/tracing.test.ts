// Traces through the gateway: passed on as they are without a collector; with one, a child of the caller's, told in facts alone.
import { describe, expect, it } from 'vitest';
import { startCollector } from '../../src/telemetry/fixtures/collector.ts';
import type { OtlpSpan } from '../../src/telemetry/spans.ts';
import { call, chat, deadUrl, gatewayOver, idOf, policyOver, sim, upstream, user, type Handler } from './harness.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const USAGE = { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 4 }, completion_tokens: 3 };
const ok: Handler = (response) =>
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ choices: [{ message: { content: 'the answer' } }], data: [], usage: USAGE }));

function toldBy({ attributes }: OtlpSpan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

it('without tracing traceparent and tracestate reach the upstream as they came, and none is made up', async () => {
  const server = await upstream(ok);
  const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
  await chat(gateway, {}, { traceparent: TRACEPARENT, tracestate: 'v=1' });
  await chat(gateway, {}, { traceparent: 'nonsense' });
  await chat(gateway);
  expect(server.seen.map(({ headers }) => headers['traceparent'])).toEqual([TRACEPARENT, 'nonsense', undefined]);
  expect(server.seen[0]?.headers['tracestate']).toBe('v=1');
});

describe('with SLUICE_OTLP_ENDPOINT', () => {
  it('the upstream is told of a span of ours under the caller’s, and the collector of both, without a word of the text', async () => {
    const [collector, server] = [await startCollector(), await upstream(ok)];
    const env = { SLUICE_OTLP_ENDPOINT: collector.url, POOL_KEY: 'sk-pool', SLUICE_LOG_TEXT: '1' };
    const routes = [{ name: 'main', candidates: ['down', 'a'] }];
    const pools = { down: { endpoints: [await deadUrl()] }, a: { endpoints: [server.url], apiKeyEnv: 'POOL_KEY' } };
    const gateway = await gatewayOver(policyOver(pools, { routes }), { env });
    const secret = { messages: user('a secret plan') };
    const answer = await chat(gateway, secret, { traceparent: TRACEPARENT, authorization: 'Bearer sk-caller' });
    const [seen] = server.seen;
    await gateway.close();

    const spans = collector.received.flatMap((received) => received.spans);
    expect(spans.map(({ name, traceId }) => [name, traceId])).toEqual([
      ['chat auto', TRACE],
      ['chat down', TRACE],
      ['chat a', TRACE],
    ]);
    const [request, failed, attempt] = spans;
    if (request === undefined || failed === undefined || attempt === undefined) expect.fail();
    expect(seen?.headers['traceparent']).toBe(`00-${TRACE}-${request.spanId}-01`);
    expect([request.parentSpanId, failed.parentSpanId, attempt.parentSpanId]).toEqual([
      PARENT,
      request.spanId,
      request.spanId,
    ]);
    expect(toldBy(request)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'auto',
      'gen_ai.response.model': 'm-a',
      'gen_ai.usage.input_tokens': '9',
      'gen_ai.usage.cache_read.input_tokens': '4',
      'gen_ai.usage.output_tokens': '3',
      'http.response.status_code': '200',
      'sluice.decision_id': idOf(answer),
      'sluice.route': 'main',
      'sluice.pool': 'a',
    });
    expect(toldBy(failed)).toMatchObject({ 'error.type': 'SLUICE_POOL_UNREACHABLE' });
    expect(toldBy(attempt)).toMatchObject({ 'server.address': '127.0.0.1', 'sluice.input_tokens': '9' });
    const everything = JSON.stringify(collector.received);
    for (const word of ['secret', 'the answer', 'sk-pool', 'sk-caller']) expect(everything).not.toContain(word);
  });

  it('a trace that begins here is named after its decision; one that is not sampled stays so', async () => {
    const [collector, server] = [await startCollector(), await upstream(ok)];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }), {
      env: { SLUICE_OTLP_ENDPOINT: collector.url },
    });
    const answer = await chat(gateway);
    await chat(gateway, {}, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await gateway.close();
    const trace = idOf(answer).slice('dec_'.length);
    const [own, unsampled] = server.seen.map(({ headers }) => String(headers['traceparent']));
    expect(own).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`, 'u'));
    expect(unsampled).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`, 'u'));
    expect(new Set(collector.received.flatMap(({ spans }) => spans.map(({ traceId }) => traceId)))).toEqual(
      new Set([trace]),
    );
  });

  it.each([
    ['completions', { prompt: 'Hi' }, 'text_completion auto'],
    ['embeddings', { input: 'Hi' }, 'embeddings auto'],
  ])('%s have their own name', async (path, body, name) => {
    const [collector, server] = [await startCollector(), await sim('m-a')];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }), {
      env: { SLUICE_OTLP_ENDPOINT: collector.url },
    });
    await call(gateway, path, body);
    await gateway.close();
    expect(collector.received[0]?.spans[0]?.name).toBe(name);
  });
});
