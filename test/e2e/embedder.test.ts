// Embedders of a policy in a gateway that serves: started, changed, refused; and the encoder's thread as it is compiled.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSluice } from './child-gateway.ts';
import { chat, gatewayOver, policyOver, sim, tempDirectory, upstream } from './harness.ts';

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

it('compiled, the encoder’s thread starts, encodes, dies and ends without the sources', () => {
  const directory = join(tempDirectory(), 'encoder');
  for (const [file, text] of [
    ['config.json', '{}'],
    ['tokenizer.json', '{}'],
    ['tokenizer_config.json', '{}'],
    ['onnx/model_quantized.onnx', 'w'],
  ] as const) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  const library = new URL('../../src/embedding/fixtures/fake-library.mjs', import.meta.url).href;
  const script = `
    import { createTransformersEmbedder } from './dist/embedding/index.js';
    const options = ${JSON.stringify({ model: directory, library, deadlineMs: 60_000 })};
    const embedder = await createTransformersEmbedder(options);
    const said = [];
    for (const text of ['a', 'die', 'b']) said.push((await embedder.embed(text)).kind);
    let last;
    do last = await new Promise((done) => setTimeout(() => done(embedder.embed('c')), 20)); while (last.kind === 'absent');
    await embedder.close();
    console.log(JSON.stringify([...said, last.kind, (await embedder.embed('d')).why]));
  `;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['vector', 'absent', 'absent', 'vector', 'the encoder is closed']);
  // Nothing keeps the process alive.
  expect(status).toBe(0);
});
