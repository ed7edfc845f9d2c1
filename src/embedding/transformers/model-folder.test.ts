// What is said of a model's folder before anything is loaded.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelFolder, tempDirectory } from '../fixtures/model-folders.ts';
import { inspectModel } from './model-folder.ts';

const inspect = (changed: Record<string, string | undefined> = {}) =>
  inspectModel(modelFolder(changed), 'q8', undefined);

describe('a folder that cannot be opened', () => {
  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model_quantized.onnx'])(
    'says that %s is missing',
    async (file) => {
      await expect(inspect({ [file]: undefined })).rejects.toMatchObject({
        code: 'SLUICE_EMBEDDING_MODEL_INCOMPLETE',
        message: expect.stringContaining(`${file} is missing`) as string,
      });
    },
  );

  it('names the weights that are there', async () => {
    const others = { 'onnx/model_quantized.onnx': undefined, 'onnx/model.onnx': 'w', 'onnx/model_fp16.onnx': 'w' };
    await expect(inspect(others)).rejects.toThrow(
      'there is onnx/model.onnx (dtype: fp32), onnx/model_fp16.onnx (dtype: fp16)',
    );
  });

  it('says that a model is not exported', async () => {
    await expect(inspect({ 'onnx/model_quantized.onnx': undefined })).rejects.toThrow('exported to ONNX');
  });

  it.each([
    ['an empty folder', tempDirectory],
    ['no folder', () => join(tempDirectory(), 'none')],
  ])('%s lacks its first file', async (_, folder) => {
    await expect(inspectModel(folder(), 'q8', undefined)).rejects.toThrow('config.json is missing');
  });

  it.each(['{', '"text"', 'null', ''])('names the file that is not JSON: %j', async (text) => {
    await expect(inspect({ 'tokenizer_config.json': text })).rejects.toThrow('tokenizer_config.json is not JSON');
  });

  it('does not guess a pooling that is not supported', async () => {
    const pooling = '{"pooling_mode_max_tokens": true}';
    await expect(inspect({ '1_Pooling/config.json': pooling })).rejects.toThrow('pooling_mode_max_tokens');
  });
});

describe('how much is read', () => {
  it.each([
    [{}, 32],
    [{ 'sentence_bert_config.json': '{"max_seq_length": 16}' }, 16],
    [{ 'tokenizer_config.json': '{"model_max_length": 1e30}' }, 64],
    [{ 'tokenizer_config.json': '{"model_max_length": 1e30}', 'config.json': '{}' }, 8_192],
    [{ 'tokenizer_config.json': '{}', 'config.json': '{}' }, 512],
    [{ 'tokenizer_config.json': '{"model_max_length": "many"}', 'config.json': '{"max_position_embeddings": 0}' }, 512],
  ])('is the least of the limits: %j', async (changed, tokens) => {
    expect((await inspect(changed)).maxTokens).toBe(tokens);
  });
});

describe('who it is', () => {
  it('is the same for the same files elsewhere, whatever else lies there', async () => {
    const { identity } = await inspect();
    expect((await inspect({ 'README.md': 'more', 'onnx/model_fp16.onnx': 'other weights' })).identity).toBe(identity);
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])('changes with %s', async (file) => {
    expect((await inspect({ [file]: '{"other": 1}' })).identity).not.toBe((await inspect()).identity);
  });

  it('changes with the weights, in whichever file they are, and with the configured pooling', async () => {
    const folder = modelFolder();
    const { identity } = await inspectModel(folder, 'q8', undefined);
    const seen = [identity];
    for (const [file, text] of [
      ['onnx/model_quantized.onnx', 'weightz'],
      ['onnx/model_quantized.onnx_data', 'numbers'],
      ['sentence_bert_config.json', '{}'],
    ] as const) {
      writeFileSync(join(folder, file), text);
      seen.push((await inspectModel(folder, 'q8', undefined)).identity);
    }
    seen.push((await inspect({ '1_Pooling/config.json': '{"pooling_mode_cls_token": true}' })).identity);
    expect(new Set(seen).size).toBe(5);
  });
});
