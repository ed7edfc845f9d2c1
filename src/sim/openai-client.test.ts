// The simulated server as the `openai` package sees it: chat, stream, tools, logprobs, models, errors, abort.
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { FAST, start, until, user } from './fixtures/servers.ts';
import type { SimServer } from './sim-server.ts';

const client = (server: SimServer): OpenAI => new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });

describe('the openai client', () => {
  it('streams, calls tools, reads logprobs and lists models', async () => {
    const server = await start();
    const openai = client(server);
    const stream = openai.chat.completions.stream({
      model: 'sim',
      messages: user('Hi'),
      stream_options: { include_usage: true },
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toMatch(/^This is a simulated answer by sim/u);
    expect(final.usage?.completion_tokens).toBeGreaterThanOrEqual(20);

    const parameters = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } };
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }];
    const ask = { model: 'sim', messages: user('Rain in Rome?'), tools, tool_choice: 'required' as const };
    const called = [
      await openai.chat.completions.create(ask),
      await openai.chat.completions.stream(ask).finalChatCompletion(),
    ];
    for (const answer of called) {
      expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
      const call = answer.choices[0]?.message.tool_calls?.[0];
      const made = call?.type === 'function' ? call.function : undefined;
      expect(made?.name).toBe('weather');
      expect(JSON.parse(made?.arguments ?? '')).toEqual({ city: 'Rain in Rome?', days: 1 });
    }

    const sure = await openai.chat.completions.create({ model: 'sim', messages: user('Hi'), logprobs: true });
    expect(sure.choices[0]?.logprobs?.content).toHaveLength(sure.usage?.completion_tokens ?? -1);
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['sim']);
  });

  it('gets 404 model_not_found for another model', async () => {
    const asked = client(await start()).chat.completions.create({ model: 'other', messages: user('Hi') });
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  it('frees the engine when it aborts a stream', async () => {
    const server = await start({ timeScale: 1, profile: { ...FAST, wMs: 300 } });
    const stream = await client(server).chat.completions.create({ model: 'sim', messages: user('Hi'), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await until(() => server.stats().aborted === 1);
    expect(server.stats()).toMatchObject({ requests: 1, running: 0, waiting: 0, completed: 0, failed: 0 });
    expect(server.stats().generatedTokens).toBeLessThan(20);
  });
});
