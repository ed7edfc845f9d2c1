// Embedders of a policy in a gateway that serves: started, changed, refused; and the encoder's thread as it is published.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSluice, serveInChild } from './child-gateway.ts';
import { chat, gatewayOver, policyOver, send, sim, tempDirectory, until, upstream, user } from './harness.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const KEY = 'sk-embeddings-canary';

const topics = { refunds: { examples: ['I want my money back', 'please refund my order', 'cancel it and pay me'] } };

/** The same vector for everything; `sockets`: connections that are open. */
async function embeddingServer(status = 200) {
  const server = await upstream((response, { headers }) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    // Vendors say the key that they refuse.
    response.end(status === 200 ? '{"data": [{"embedding": [3, 4]}]}' : JSON.stringify({ error: headers }));
  });
  return server;
}

function policyWith(pool: string, embedder: object): string {
  const routes = [
    { name: 'refunds', when: 'similar("refunds") > 0.5', candidates: ['p'] },
    { name: 'main', candidates: ['p'] },
  ];
  return policyOver({ p: { endpoints: [pool] } }, { topics, embedder, routes });
}

describe('a policy with an embedding server', () => {
  it('is served when the server answers, and taken up with another one', async () => {
    const [pool, one, other] = [await sim('m-p'), await embeddingServer(), await embeddingServer()];
    const http = (url: string) => policyWith(pool.url, { kind: 'http', url, model: 'm', deadlineMs: 20_000 });
    const gateway = await gatewayOver(http(one.url));
    expect([...new Set(one.seen.map(({ url }) => url))]).toEqual(['/v1/embeddings']);
    await gateway.reload(http(other.url));
    expect(other.seen.length).toBeGreaterThan(0);
    expect((await chat(gateway)).status).toBe(200);
    expect(gateway.log.filter((line) => line.includes('REFUSED'))).toEqual([]);
  });

  it('is refused at a reload when the server does not work, without its key; the old one goes on', async () => {
    const [pool, server] = [await sim('m-p'), await embeddingServer(401)];
    const gateway = await gatewayOver(policyOver({ p: { endpoints: [pool.url] } }), { env: { KEY } });
    await gateway.reload(policyWith(pool.url, { kind: 'http', url: server.url, model: 'm', apiKeyEnv: 'KEY' }));
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(gateway.log.at(-1)).toContain('changed policy REFUSED');
    expect(gateway.log.at(-1)).toContain('it answered with 401');
    expect(gateway.log.join('\n')).not.toContain(KEY);
    expect((await chat(gateway)).status).toBe(200);
  });

  it('is served while the server is down when it says how wide vectors are', async () => {
    const [pool, server] = [await sim('m-p'), await embeddingServer(503)];
    const down = { kind: 'http', url: server.url, model: 'm', dimensions: 2 };
    const gateway = await gatewayOver(policyWith(pool.url, down));
    expect((await chat(gateway)).status).toBe(200);
  });
});

describe('a gateway that cannot open its embedder', () => {
  async function start(embedder: object) {
    const directory = tempDirectory();
    writeFileSync(join(directory, 'policy.yaml'), policyWith('http://127.0.0.1:9/v1', embedder));
    const child = runSluice([
      'serve',
      '--policy',
      join(directory, 'policy.yaml'),
      '--data-dir',
      join(directory, 'data'),
    ]);
    return { directory, child, ended: await child.ended };
  }

  it('ends with 2 and says which folder there is not', async () => {
    const { directory, child, ended } = await start({ kind: 'transformers', model: 'models/none' });
    expect(child.printed).toContain(`sluice: there is no folder ${join(directory, 'models/none')}`);
    expect(child.printed).not.toContain('    at ');
    expect(ended.code).toBe(2);
  });

  it('ends with 1 when a server that may come up later does not answer', async () => {
    const { url } = await embeddingServer(503);
    const { child, ended } = await start({ kind: 'http', url, model: 'm' });
    expect(child.printed).toContain(`the embedding server at ${url} is down: it answered with 503`);
    expect(ended.code).toBe(1);
  });
});

/** What is installed of a package: dist/ and what it asks for, the encoders' library among it, which is a stand-in. */
function installed(): string {
  const directory = tempDirectory();
  cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  const library = join(directory, 'node_modules/@xenova/transformers');
  mkdirSync(library, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/lmdb'), join(directory, 'node_modules/lmdb'));
  writeFileSync(join(library, 'package.json'), '{ "exports": "./library.mjs" }');
  cpSync(join(ROOT, 'src/embedding/fixtures/fake-library.mjs'), join(library, 'library.mjs'));
  return join(directory, 'dist/cli/main.js');
}

it('as it is published, the encoder’s thread starts, encodes, dies, is begun anew and ends with the gateway', async () => {
  const directory = tempDirectory();
  for (const [file, text] of [
    ['config.json', '{}'],
    ['tokenizer.json', '{}'],
    ['tokenizer_config.json', '{}'],
    ['onnx/model_quantized.onnx', 'w'],
  ] as const) {
    mkdirSync(dirname(join(directory, 'model', file)), { recursive: true });
    writeFileSync(join(directory, 'model', file), text);
  }
  const policyPath = join(directory, 'policy.yaml');
  const embedder = { kind: 'transformers', model: join(directory, 'model'), deadlineMs: 60_000 };
  writeFileSync(policyPath, policyWith('http://127.0.0.1:9/v1', embedder));
  const child = await serveInChild(policyPath, join(directory, 'data'), {}, installed());
  const why = async (text: string): Promise<unknown> => {
    const answer = await send(`${child.url}/v1/route`, { body: { model: 'auto', messages: user(text) } });
    return answer.json().signals[0].why;
  };
  expect(await why('a')).toBeNull();
  expect(await why('die')).toMatch(/thread/);
  await until('it encodes again', async () => (await why('b')) === null);
  child.signal('SIGTERM');
  expect(await child.ended).toMatchObject({ code: 0, signal: null });
});
