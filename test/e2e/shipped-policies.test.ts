// Every shipped policy serves as it is: each alias and each pool answers, over the embedded simulated fleet.
import { describe, expect, it } from 'vitest';
import { SHIPPED, SHIPPED_NAMES } from '../fuzz/shipped.ts';
import { call, chat, gatewayOver, send } from './harness.ts';

describe.each(SHIPPED_NAMES.map((name, i) => [name, SHIPPED[i] ?? ''] as const))(
  'policies/%s.yaml',
  (_name, source) => {
    it('answers to every name that it lists', async () => {
      const gateway = await gatewayOver(source);
      const { data } = (await send(`${gateway.url}/v1/models`)).json() as {
        data: readonly { id: string; kind: string }[];
      };
      const aliases = data.filter(({ kind }) => kind === 'alias').map(({ id }) => id);
      expect(aliases).toContain('auto');
      for (const model of aliases) {
        const answer = await chat(gateway, { model, max_tokens: 8 });
        expect([model, answer.status], answer.text).toEqual([model, 200]);
        expect(answer.json().choices[0].message.content.length).toBeGreaterThan(0);
      }
      expect((await call(gateway, 'embeddings', { input: 'Hi' })).status).toBe(200);
      expect((await call(gateway, 'completions', { prompt: 'Hi', max_tokens: 4 })).status).toBe(200);
    });
  },
);
