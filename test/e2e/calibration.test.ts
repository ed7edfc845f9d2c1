// An upstream that counts tokens in its own way: what Sluice expects of the next request comes to agree with it, also after a restart.
import { expect, it } from 'vitest';
import { estimateTokens } from '../../src/sim/tokens.ts';
import { runSluice } from './child-gateway.ts';
import { call, gatewayOver, policyOver, upstream, user, type TestGateway } from './harness.ts';

const WORDS = 'the gateway routes every request to one of many pools and learns from 1234 answers, (costs) too'.split(
  ' ',
);
const textOf = (i: number): string =>
  Array.from({ length: 5 + ((i * 37) % 60) }, (_, at) => WORDS[(i + at * 7) % WORDS.length]).join(' ');

interface Asked {
  readonly messages?: readonly { readonly content: string }[];
  readonly prompt?: string;
  readonly input?: string;
}

it.each<[string, (text: string) => object]>([
  ['chat/completions', (text) => ({ messages: user(text) })],
  ['completions', (prompt) => ({ prompt })],
  ['embeddings', (input) => ({ input })],
])('%s: within 10 percent after 100 requests', async (path, body) => {
  const countOf = (asked: object): number => {
    const { messages, prompt, input } = asked as Asked;
    return Math.round(1.5 * estimateTokens([messages?.[0]?.content ?? prompt ?? input ?? '']));
  };
  const server = await upstream((response, seen) => {
    const usage = { prompt_tokens: countOf(JSON.parse(seen.body.toString()) as object), completion_tokens: 1 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { content: 'ok' } }], data: [], usage }));
  });
  const policy = policyOver({ a: { endpoints: [server.url] } });
  const expected = async (gateway: TestGateway, i: number): Promise<number> => {
    const dry = await call(gateway, path, body(textOf(i)), { 'x-sluice-dry-run': 'true' });
    return dry.json().workload.expected_input_tokens as number;
  };
  const errors = async (gateway: TestGateway): Promise<readonly number[]> => {
    const found: number[] = [];
    for (let i = 200; i < 220; i++) found.push(Math.abs((await expected(gateway, i)) / countOf(body(textOf(i))) - 1));
    return found;
  };
  const first = await gatewayOver(policy);
  expect(Math.max(...(await errors(first)))).toBeGreaterThan(0.1);
  for (let i = 0; i < 100; i++) expect((await call(first, path, body(textOf(i)))).status).toBe(200);
  expect(Math.max(...(await errors(first)))).toBeLessThan(0.1);
  await first.close();

  const { dataDir } = first;
  const second = await gatewayOver(policy, { dataDir });
  expect(Math.max(...(await errors(second)))).toBeLessThan(0.1);
  await call(second, path, body(textOf(300)));
  await second.close();
  const log = runSluice(['log', '--data-dir', dataDir, '--last', '1', '--json']);
  await log.ended;
  const { workload, outcome } = JSON.parse(log.printed);
  expect(outcome.usage.inputTokens).toBe(countOf(body(textOf(300))));
  expect(Math.abs(workload.expectedInputTokens / outcome.usage.inputTokens - 1)).toBeLessThan(0.1);
});
