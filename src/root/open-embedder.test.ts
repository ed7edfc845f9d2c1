// From what a policy says to an engine: where folders are looked for, whose key is sent, what is told of.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { HTTP_DEFAULTS } from '../embedding/http/http-embedder.ts';
import { POOLINGS } from '../embedding/transformers/messages.ts';
import { DTYPES } from '../embedding/transformers/model-folder.ts';
import { TRANSFORMERS_DEFAULTS } from '../embedding/transformers/transformers-embedder.ts';
import { compilePolicy, type EncoderSpec } from '../policy/index.ts';
import { EMBEDDER_DEFAULTS, EmbedderSchema } from '../policy/embedder-schema.ts';
import { STRATEGIES } from '../router/index.ts';
import { openEmbedder } from './open-embedder.ts';

function specOf(embedder: object): EncoderSpec {
  const pool = {
    model: 'm',
    endpoints: ['http://127.0.0.1:9/v1'],
    price: { inputPerMTok: 1, outputPerMTok: 1 },
    contextWindow: 9,
  };
  const policy = JSON.stringify({ version: 1, pools: { p: pool }, embedder });
  const compiled = compilePolicy(policy, 'p.yaml', { strategies: STRATEGIES, simProfiles: [] });
  if (compiled.kind === 'invalid') throw new Error(JSON.stringify(compiled.diagnostics));
  if (compiled.plan.embedder.kind === 'static') throw new Error('not an encoder');
  return compiled.plan.embedder;
}

function around(env: Readonly<Record<string, string>> = {}) {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) } as never;
  const secrets = new Set<string>();
  return { env, logger, secrets, policyPath: '/nowhere/policies/p.yaml', dataDir: '/nowhere/data', warnings };
}

/** One vector for everything. */
async function server() {
  const keys: (string | undefined)[] = [];
  const listening = createServer((request, response) => {
    keys.push(request.headers.authorization);
    request.resume().on('end', () => response.end('{"data": [{"embedding": [3, 4]}]}'));
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1`, keys };
}

it('asks a server with the key from the environment, which the log then leaves out', async () => {
  const { url, keys } = await server();
  const surroundings = around({ KEY: 'sk-secret' });
  const embedder = await openEmbedder(specOf({ kind: 'http', url, model: 'm', apiKeyEnv: 'KEY' }), surroundings);
  onTestFinished(() => embedder.close());
  expect(keys).toEqual(['Bearer sk-secret']);
  expect([...surroundings.secrets]).toEqual(['sk-secret']);
  expect(surroundings.warnings).toEqual([]);
});

it.each([{}, { KEY: '' }])('tells of a key that is not set: %j', async (env) => {
  const { url, keys } = await server();
  const surroundings = around(env);
  const embedder = await openEmbedder(specOf({ kind: 'http', url, model: 'm', apiKeyEnv: 'KEY' }), surroundings);
  onTestFinished(() => embedder.close());
  expect(keys).toEqual([undefined]);
  expect(surroundings.warnings.join()).toContain('KEY is not set');
});

it('looks for a model from where the policy is', async () => {
  await expect(openEmbedder(specOf({ kind: 'transformers', model: '../models/m' }), around())).rejects.toMatchObject({
    code: 'SLUICE_EMBEDDING_HUB_NOT_ALLOWED',
    message: expect.stringContaining('/nowhere/models/m') as string,
  });
});

it('asks another hub where the environment names one', async () => {
  const { url, keys } = await server();
  const hub = { kind: 'transformers', model: '../up/and/away', allowHub: true };
  await expect(openEmbedder(specOf(hub), around({ HF_ENDPOINT: url }))).rejects.toThrow('nor the name of a model');
  expect(keys).toEqual([]);
});

it('has in policies the settings and defaults that the engines have', () => {
  expect(TRANSFORMERS_DEFAULTS).toMatchObject({ ...EMBEDDER_DEFAULTS.transformers });
  expect(HTTP_DEFAULTS).toEqual(EMBEDDER_DEFAULTS.http);
  const [, transformers] = EmbedderSchema.anyOf;
  const { pooling, dtype } = transformers.properties;
  expect(pooling.enum.toSorted()).toEqual(POOLINGS.toSorted());
  expect(dtype.enum.toSorted()).toEqual(Object.keys(DTYPES).toSorted());
});
