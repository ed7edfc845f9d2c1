// Files of texts: JSON lines and plain ones, packed or not, and what is wrong with others.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tempDirectory } from '../fixtures/model-folders.ts';
import { readTexts } from './read-texts.ts';

function fileOf(name: string, content: string | Buffer): string {
  const file = join(tempDirectory(), name);
  writeFileSync(file, content);
  return file;
}

describe('texts', () => {
  it.each<[string, string, string[]]>([
    ['a.txt', 'one\n\n two\r\n', ['one', ' two']],
    ['a.jsonl', '"one"\n{"text": "two"}\n{"prompt": "three"}\n', ['one', 'two', 'three']],
    [
      'a.ndjson',
      '{"messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "last"}, {"role": "assistant", "content": "x"}]}',
      ['last'],
    ],
    ['b.jsonl', '{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}\n{"text": "seen"}', ['seen']],
  ])('of %s', (name, content, expected) => {
    expect(readTexts(fileOf(name, content))).toEqual(expected);
    expect(readTexts(fileOf(`${name}.gz`, gzipSync(content)))).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    ['a.jsonl', '"one"\nnot json\n', /a\.jsonl:2: expected a JSON string/],
    ['a.jsonl', '{"id": 1}\n', /a\.jsonl:1: expected/],
    ['a.jsonl', '7\n', /a\.jsonl:1: expected/],
    ['a.txt', ' \n\n', /holds no text/],
    ['a.jsonl', '""\n', /holds no text/],
  ])('of a broken %s are refused', (name, content, message) => {
    expect(() => readTexts(fileOf(name, content))).toThrow(message);
  });

  it('of no file are refused', () => {
    expect(() => readTexts('/nowhere/texts.txt')).toThrow('/nowhere/texts.txt cannot be read');
    expect(() => readTexts(fileOf('torn.txt.gz', gzipSync('text').subarray(0, 12)))).toThrow('cannot be read');
  });
});
