// What a pool becomes: engines and their health paths, endpoints with settings.
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';
import { ENGINE_KINDS, ENGINES } from './engines.ts';
import type { PoolSpec } from './pool-plan.ts';

function pool(settings: string, endpoints = '["http://127.0.0.1:9001/v1"]'): PoolSpec {
  const price = 'price: { inputPerMTok: 1, outputPerMTok: 2 }';
  const source = `version: 1\npools:\n  p: { model: m, contextWindow: 9, ${price}, endpoints: ${endpoints}${settings} }\n`;
  const compiled = compilePolicy(source, 'p.yaml', { strategies: {}, simProfiles: ['8b-h100'] });
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  const found = compiled.plan.pools.get('p');
  if (found === undefined) throw new Error('no pool');
  return found;
}

describe('the engine', () => {
  it.each([
    ['openai unless something is said', '', undefined, 'openai'],
    ['vllm for simulated servers', '', '["sim://8b-h100"]', 'vllm'],
    ['openai when only some are simulated', '', '["sim://8b-h100", "http://127.0.0.1:9001/v1"]', 'openai'],
    ['what is said', ', engine: tgi', '["sim://8b-h100"]', 'tgi'],
  ])('%s', (_name, settings, endpoints, engine) => {
    expect(pool(settings, endpoints).engine).toBe(engine);
  });

  it.each(ENGINE_KINDS)('%s decides whether usage may be asked for', (engine) => {
    expect(pool(`, engine: ${engine}`).asksUsage).toBe(ENGINES[engine].asksUsage);
    expect(ENGINES[engine].asksUsage).toBe(engine !== 'generic');
  });

  it.each([
    ['vllm', '["http://127.0.0.1:9001/v1"]', '/health'],
    ['sglang', '["http://127.0.0.1:9001/deep/v1"]', '/health'],
    ['llama-cpp', '["http://127.0.0.1:9001/v1"]', '/health'],
    ['tgi', '["http://127.0.0.1:9001/v1"]', '/health'],
    ['openai', '["http://127.0.0.1:9001/v1"]', '/v1/models'],
    ['openai', '["https://a.example/api/v1/", "https://b.example/api/v1"]', '/api/v1/models'],
    ['openai', '["https://a.example"]', '/models'],
  ])('%s knows its health path over %s: %s', (engine, endpoints, path) => {
    expect(pool(`, engine: ${engine}, healthCheck: true`, endpoints).healthCheck).toEqual({
      path,
      intervalMs: 5_000,
      timeoutMs: 2_000,
      unhealthyAfter: 3,
      healthyAfter: 2,
    });
  });

  it('is not asked for a path that is said', () => {
    const healthCheck = ', engine: generic, healthCheck: { path: "/ping?deep=1", intervalMs: 7 }';
    expect(pool(healthCheck).healthCheck).toMatchObject({ path: '/ping?deep=1', intervalMs: 7, timeoutMs: 2_000 });
  });
});

describe('the endpoints', () => {
  it('are URLs, or objects with settings', () => {
    expect(pool('', '["http://a/v1", { url: "http://b/v1", weight: 0.5, maxConcurrency: 4 }]').endpoints).toEqual([
      { url: 'http://a/v1', weight: 1, maxConcurrency: undefined },
      { url: 'http://b/v1', weight: 0.5, maxConcurrency: 4 },
    ]);
  });
});

describe('the other settings', () => {
  it('are taken over, and filled up with defaults', () => {
    const settings = ', pick: session-hash, queue: { size: 3 }, timeouts: { connectMs: 50 }';
    expect(pool(settings)).toMatchObject({
      pick: 'session-hash',
      queue: { size: 3, timeoutMs: 10_000 },
      connectTimeoutMs: 50,
    });
  });
});
