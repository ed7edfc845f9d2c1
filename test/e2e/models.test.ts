// GET /v1/models: what may be asked for, and what stands behind each name.
import { expect, it } from 'vitest';
import { gatewayOver, policyOver, send, upstream } from './harness.ts';

const price = { input_per_mtok: 1, cached_input_per_mtok: 0.1, output_per_mtok: 2 };
const small = { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 2 };

it('has context window, prices and engine; an alias and a model speak for all of their pools', async () => {
  const { url } = await upstream((response) => response.end());
  const pools = {
    a: { endpoints: [url], model: 'm', contextWindow: 1_000, price: small, engine: 'vllm' },
    b: { endpoints: [url], model: 'm', contextWindow: 4_000, price: small, engine: 'sglang' },
    c: { endpoints: [url], model: 'c', contextWindow: 8_000 },
    d: { endpoints: [url], model: 'd' },
  };
  const routes = [
    { name: 'cheap', when: 'stream', candidates: ['a', 'b'] },
    { name: 'careful', candidates: ['b'], fallbacks: ['c'] },
    { name: 'beyond', candidates: ['d'] },
  ];
  const aliases = { quick: 'cheap', auto: 'careful', all: 'beyond' };
  const gateway = await gatewayOver(policyOver(pools, { routes, aliases }));
  const { object, data } = (await send(`${gateway.url}/v1/models`)).json();
  expect(object).toBe('list');
  const entry = (id: string, kind: string, more: object) => ({
    id,
    object: 'model',
    created: 0,
    owned_by: `sluice-${kind}`,
    kind,
    ...more,
  });
  const own = { input_per_mtok: 1, cached_input_per_mtok: 1, output_per_mtok: 2 };
  expect(data).toEqual([
    entry('quick', 'alias', { pools: ['a', 'b'], context_window: 4_000, engine: null, price }),
    entry('auto', 'alias', { pools: ['a', 'b', 'c'], context_window: 8_000, engine: null, price: null }),
    // The route in the middle takes everything: the last is never reached.
    entry('all', 'alias', { pools: ['a', 'b', 'c'], context_window: 8_000, engine: null, price: null }),
    entry('a', 'pool', { pools: ['a'], context_window: 1_000, engine: 'vllm', price }),
    entry('b', 'pool', { pools: ['b'], context_window: 4_000, engine: 'sglang', price }),
    entry('c', 'pool', { pools: ['c'], context_window: 8_000, engine: 'openai', price: own }),
    entry('d', 'pool', { pools: ['d'], context_window: 100_000, engine: 'openai', price: own }),
    entry('m', 'model', { pools: ['a', 'b'], context_window: 4_000, engine: null, price }),
  ]);
  for (const one of data) expect((await send(`${gateway.url}/v1/models/${one.id}`)).json()).toEqual(one);
});
