// Do the simulated server's /metrics say what its clients saw? (Check 5 of the reference, pools.md 3.3; over real sockets.)
import { setImmediate as turn } from 'node:timers/promises';
import type OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineProfile } from './engine-profiles.ts';
import { startSimServer, type SimServer, type SimServerOptions } from './sim-server.ts';

const SMALL: EngineProfile = {
  wMs: 50,
  hMsPerSeq: 0.5,
  contextAtH: 100,
  prefillMsPerToken: 0.1,
  kvTokens: 1005,
  maxSeqs: 64,
  maxBatchedTokens: 128,
  source: 'test',
};
const open: SimServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
/** Steps of 5 real ms and more, so that requests meet in the engine. */
async function start(options: Partial<SimServerOptions> = {}): Promise<SimServer> {
  const server = await startSimServer({ model: 'sim', profile: SMALL, seed: 1, timeScale: 0.1, ...options });
  open.push(server);
  return server;
}

type Usage = NonNullable<OpenAI.ChatCompletion['usage']>;
const body = (content: string, extra: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content }], ...extra }),
});
async function ask(server: SimServer, content: string, extra: object = {}): Promise<Usage> {
  const response = await fetch(`${server.url}/chat/completions`, body(content, extra));
  const answer: OpenAI.ChatCompletion = JSON.parse(await response.text());
  return answer.usage ?? expect.fail('no usage');
}

/** The page as sample -> value; and its lines. */
async function scrape(server: SimServer): Promise<{ value: (sample: string) => number; lines: readonly string[] }> {
  const page = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const lines = page.split('\n');
  const value = (sample: string): number => {
    const line = lines.find((one) => one.startsWith(`${sample} `)) ?? expect.fail(`no ${sample} in\n${page}`);
    return Number(line.slice(sample.length + 1));
  };
  return { value, lines };
}
const L = 'model_name="sim",engine="0"';
const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);

describe('(5) /metrics', () => {
  it('agree with what clients counted, through waiting, pre-emption and prefix hits', async () => {
    // 31 blocks for sixteen answers of up to 118 tokens over prompts of 48: some must wait, some are pre-empted.
    const server = await start({ profile: { ...SMALL, kvTokens: 500 } });
    const shared = 'A system prompt that all of the questions here begin with. '.repeat(3);
    const usages = await Promise.all(
      Array.from({ length: 16 }, (_, i) => ask(server, `${shared}Question ${i}?`, { max_tokens: 118 })),
    );
    const { value } = await scrape(server);
    const generated = total(usages.map((usage) => usage.completion_tokens));
    const prompts = total(usages.map((usage) => usage.prompt_tokens));
    const cached = total(usages.map((usage) => usage.prompt_tokens_details?.cached_tokens ?? 0));
    expect(cached).toBeGreaterThan(0);
    expect(value(`vllm:generation_tokens_total{${L}}`)).toBe(generated);
    expect(value(`vllm:prompt_tokens_total{${L}}`)).toBe(prompts);
    expect(value(`vllm:prefix_cache_queries_total{${L}}`)).toBe(prompts);
    expect(value(`vllm:prefix_cache_hits_total{${L}}`)).toBe(cached);
    expect(value(`vllm:num_preemptions_total{${L}}`)).toBeGreaterThan(0);
    for (const name of ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc']) {
      expect(value(`vllm:${name}{${L}}`)).toBe(0);
    }
    for (const name of ['time_to_first_token', 'e2e_request_latency', 'request_queue_time', 'request_decode_time']) {
      expect(value(`vllm:${name}_seconds_count{${L}}`), name).toBe(16);
    }
    expect(value(`vllm:inter_token_latency_seconds_count{${L}}`)).toBe(generated - 16);
    const reasons = ['stop', 'length', 'abort'].map((reason) =>
      value(`vllm:request_success_total{${L},finished_reason="${reason}"}`),
    );
    expect([total(reasons), reasons[2]]).toEqual([16, 0]);
    const stats = server.stats();
    expect(stats).toMatchObject({ prefixHitTokens: cached, prefixQueryTokens: prompts, kvUsage: 0, waiting: 0 });
    expect(stats.preemptions).toBe(value(`vllm:num_preemptions_total{${L}}`));
  });

  it('split the time of a request into queue, prefill and decode', async () => {
    const server = await start();
    await Promise.all(Array.from({ length: 8 }, (_, i) => ask(server, `${i}`.repeat(600), { max_tokens: 20 })));
    const { value, lines } = await scrape(server);
    const sum = (name: string): number => value(`vllm:${name}_seconds_sum{${L}}`);
    const parts = ['request_queue_time', 'request_prefill_time', 'request_decode_time'].map(sum);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    expect(total(parts)).toBeCloseTo(sum('e2e_request_latency'), 9);
    expect(sum('time_to_first_token')).toBeCloseTo(total(parts.slice(0, 2)), 9);
    expect(sum('inter_token_latency')).toBeCloseTo(parts[2] ?? Number.NaN, 9);
    const buckets = lines
      .filter((line) => line.startsWith('vllm:inter_token_latency_seconds_bucket'))
      .map((line) => Number(line.split(' ').at(-1)));
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toBe(8 * 19);
    expect(new Set(buckets).size).toBeGreaterThan(1);
  });

  it('show what runs and waits, and count an abort once', async () => {
    const server = await start({ timeScale: 5000 });
    const controller = new AbortController();
    const asked = [0, 1].map((i) =>
      fetch(`${server.url}/chat/completions`, { ...body(`${i}`.repeat(2500), {}), signal: controller.signal }).catch(
        () => 'gone',
      ),
    );
    // 40 blocks each of 62, the first in a step of minutes: the other waits for it.
    while (server.stats().requests < 2 || server.stats().waiting < 1) await turn();
    const { value } = await scrape(server);
    expect(value(`vllm:num_requests_running{${L}}`)).toBe(1);
    expect(value(`vllm:num_requests_waiting{${L}}`)).toBe(1);
    // The first chunk: 128 tokens of 625.
    expect(value(`vllm:kv_cache_usage_perc{${L}}`)).toBeCloseTo(8 / 62, 9);
    controller.abort();
    expect(await Promise.all(asked)).toEqual(['gone', 'gone']);
    while (server.stats().aborted < 2) await turn();
    const after = await scrape(server);
    expect(after.value(`vllm:request_success_total{${L},finished_reason="abort"}`)).toBe(2);
    expect(after.value(`vllm:kv_cache_usage_perc{${L}}`)).toBe(0);
    expect(after.value(`vllm:e2e_request_latency_seconds_count{${L}}`)).toBe(0);
  });

  it('tell the cache configuration, and survive a model name with quotes', async () => {
    const { lines } = await scrape(await start({ model: 'a "b" \\ c' }));
    expect(lines.find((line) => line.startsWith('vllm:cache_config_info'))).toBe(
      'vllm:cache_config_info{block_size="16",enable_prefix_caching="True",num_gpu_blocks="62",engine="0"} 1',
    );
    const labels = lines.filter((line) => line.startsWith('vllm:') && !line.includes('cache_config'));
    expect(labels.length).toBeGreaterThan(100);
    for (const line of labels) expect(line).toContain('model_name="a \\"b\\" \\\\ c",engine="0"');
    const types = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(types).size).toBe(types.length);
  });
});

describe('usage', () => {
  it('names the cached tokens of a repeated prompt, plain and streamed, and none of a new one', async () => {
    const server = await start();
    const prompt = 'x'.repeat(330);
    expect(await ask(server, prompt)).not.toHaveProperty('prompt_tokens_details');
    // 83 tokens: five full blocks.
    expect(await ask(server, prompt)).toMatchObject({
      prompt_tokens: 83,
      prompt_tokens_details: { cached_tokens: 80 },
    });
    const extra = { stream: true, stream_options: { include_usage: true } };
    const stream = await (await fetch(`${server.url}/chat/completions`, body(prompt, extra))).text();
    expect(stream).toContain('"prompt_tokens_details":{"cached_tokens":80}');
  });
});
