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

const KINDS: readonly (readonly [path: string, body: (text: string) => object])[] = [
  ['chat/completions', (text) => ({ messages: user(text) })],
  ['completions', (prompt) => ({ prompt })],
  ['embeddings', (input) => ({ input })],
];

function countOf(asked: object): number {
  const { messages, prompt, input } = asked as Asked;
  return Math.round(1.5 * estimateTokens([messages?.[0]?.content ?? prompt ?? input ?? '']));
}

/** By kind: how far the expectation is off at most, over texts that were never sent. */
async function worstErrors(gateway: TestGateway): Promise<readonly number[]> {
  const errors = KINDS.map(async ([path, body]) => {
    const ofTexts = Array.from({ length: 12 }, async (_, i) => {
      const asked = body(textOf(200 + i));
      const { workload } = (await call(gateway, path, asked, { 'x-sluice-dry-run': 'true' })).json();
      return Math.abs(workload.expected_input_tokens / countOf(asked) - 1);
    });
    return Math.max(...(await Promise.all(ofTexts)));
  });
  return Promise.all(errors);
}

it('what is expected is within 10 percent after 100 requests of a kind, on record and after a restart too', async () => {
  const server = await upstream((response, seen) => {
    const usage = { prompt_tokens: countOf(JSON.parse(seen.body.toString()) as object), completion_tokens: 1 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { content: 'ok' } }], data: [], usage }));
  });
  const policy = policyOver({ a: { endpoints: [server.url] } });
  const first = await gatewayOver(policy, { logLevel: 'warn' });
  for (const error of await worstErrors(first)) expect(error).toBeGreaterThan(0.1);
  for (let i = 0; i < 100; i += 10) {
    const asked = KINDS.flatMap(([path, body]) =>
      Array.from({ length: 10 }, (_, n) => call(first, path, body(textOf(i + n)))),
    );
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
  }
  for (const error of await worstErrors(first)) expect(error).toBeLessThan(0.1);
  const described = await call(first, 'route', { messages: user(textOf(300)) });
  const expected = countOf({ messages: user(textOf(300)) });
  expect(Math.abs(described.json().workload.expected_input_tokens / expected - 1)).toBeLessThan(0.1);
  await first.close();

  const { dataDir } = first;
  const second = await gatewayOver(policy, { dataDir });
  for (const error of await worstErrors(second)) expect(error).toBeLessThan(0.1);
  for (const [path, body] of KINDS) await call(second, path, body(textOf(300)));
  await second.close();
  const log = runSluice(['log', '--data-dir', dataDir, '--last', '3', '--json']);
  await log.ended;
  const lines = log.printed.trim().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    const { workload, outcome } = JSON.parse(line);
    expect(outcome.usage.inputTokens).toBe(expected);
    expect(Math.abs(workload.expectedInputTokens / expected - 1)).toBeLessThan(0.1);
  }
});
