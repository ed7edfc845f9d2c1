// A model from a hub: what is asked of it, once, and what is said when it cannot be had.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { embeddingServer, type TestServer } from '../fixtures/embedding-servers.ts';
import { FAKE_LIBRARY, tempDirectory } from '../fixtures/model-folders.ts';
import { downloadModel } from './hub.ts';
import { createTransformersEmbedder } from './transformers-embedder.ts';

const FILES: Readonly<Record<string, string>> = {
  'config.json': '{}',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{"model_max_length": 32}',
  'onnx/model_quantized.onnx': 'weights'.repeat(10_000),
  '1_Pooling/config.json': '{"pooling_mode_cls_token": true}',
};

async function hub(files: Readonly<Record<string, string>> = FILES): Promise<TestServer> {
  return embeddingServer((response, _, path) => {
    const [, file] = /^\/v1\/some\/encoder\/resolve\/main\/(.*)$/.exec(path) ?? [];
    const text = files[file ?? ''];
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text);
  });
}

const from = (hubUrl: string, cacheDirectory = tempDirectory()) => ({
  model: 'some/encoder',
  dtype: 'q8' as const,
  hubUrl,
  cacheDirectory,
});

it('is downloaded once, with what says how it is pooled; later starts need no network', async () => {
  const { url, asked } = await hub();
  const cache = tempDirectory();
  const folder = await downloadModel(from(url, cache));
  for (const [file, text] of Object.entries(FILES)) expect(readFileSync(join(folder, file), 'utf8')).toBe(text);
  const calls = asked.length;
  expect(await downloadModel(from(url, cache))).toBe(folder);
  expect(asked.length).toBe(calls);

  const embedder = await createTransformersEmbedder({
    ...from('http://127.0.0.1:1', cache),
    allowHub: true,
    library: FAKE_LIBRARY,
    deadlineMs: 20_000,
  });
  expect((await embedder.embed('a')).kind).toBe('vector');
  await embedder.close();
});

it('that lacks a file is refused with its address, and nothing half is kept', async () => {
  const { 'tokenizer.json': _, ...rest } = FILES;
  const { url } = await hub(rest);
  const cache = tempDirectory();
  await expect(downloadModel(from(url, cache))).rejects.toMatchObject({
    code: 'SLUICE_EMBEDDING_HUB_FAILED',
    message: expect.stringContaining('tokenizer.json answered with 404') as string,
  });
  expect(readdirSync(join(cache, 'some/encoder'))).toEqual(['config.json']);
});

it('whose connection breaks in the middle of a file leaves no file', async () => {
  const { url } = await embeddingServer((response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{');
    setImmediate(() => response.destroy());
  });
  const cache = tempDirectory();
  await expect(downloadModel(from(url, cache))).rejects.toMatchObject({ code: 'SLUICE_EMBEDDING_HUB_FAILED' });
  expect(readdirSync(join(cache, 'some/encoder'))).toEqual([]);
});

it('that cannot be reached says so, and how to do without', async () => {
  const gone = await embeddingServer((response) => response.destroy());
  await expect(downloadModel(from(gone.url))).rejects.toThrow(
    /could not be taken from the hub.*a folder .* needs no hub/,
  );
});

it.each(['../up', 'a/b/c', 'a/..', 'http://elsewhere/model', '', '.hidden/x'])(
  'does not take %j for the name of a model',
  async (model) => {
    const cacheDirectory = tempDirectory();
    await expect(downloadModel({ ...from('http://127.0.0.1:1', cacheDirectory), model })).rejects.toMatchObject({
      code: 'SLUICE_EMBEDDING_HUB_FAILED',
    });
    expect(existsSync(cacheDirectory) && readdirSync(cacheDirectory)).toEqual([]);
  },
);
