// Piece sums: the tokenizer's rules word for word, and both engines against each other, on any string.
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/index.ts';
import { HEAD_UNITS, TAIL_UNITS } from '../features.ts';
import { SMALL_VOCABULARY, tableOf } from './fixtures.ts';
import { createPlainReader } from './plain-reader.ts';
import type { TableReader } from './reader.ts';
import { createWasmReader } from './wasm-reader.ts';

function wasmReader(table: Parameters<typeof createWasmReader>[0]): TableReader {
  const reader = createWasmReader(table);
  if (reader === undefined) throw new Error('no WebAssembly with 128-bit lanes');
  return reader;
}

const random = seededRandom(3);
const letters = 'abcdehilnstuvx'.split('');
/** 3,000 pieces of random letters, so that buckets hold several keys and words fall to pieces. */
const manyPieces = Array.from({ length: 3_000 }, (_, i) => {
  const length = 1 + Math.floor(random() * 6);
  const piece = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
  return i % 2 === 0 ? piece : `##${piece}`;
});
const tables = [
  tableOf([...SMALL_VOCABULARY, ...manyPieces], 64, 1),
  tableOf([...SMALL_VOCABULARY, ...manyPieces], 192, 2),
];
const engines = tables.map((table) => ({
  wasm: wasmReader(table),
  plain: createPlainReader(table),
  columns: table.columns,
}));
const small = tableOf(SMALL_VOCABULARY, 64, 'one-hot');
const smallReader = createPlainReader(small);

function expectSame(text: string): void {
  for (const { wasm, plain, columns } of engines) {
    for (const count of [64, columns]) {
      expect(wasm.read(text, count)).toBe(plain.read(text, count));
      expect(wasm.sums.subarray(0, count)).toEqual(plain.sums.subarray(0, count));
    }
  }
}

/** BERT's WordPiece over a set of strings, for text whose words are parted by blanks; what begins no piece is left out. */
function greedy(word: string, vocabulary: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (let at = 0; at < word.length;) {
    let end = word.length;
    const piece = (): string => `${at > 0 ? '##' : ''}${word.slice(at, end)}`;
    while (end > at && !vocabulary.has(piece())) end--;
    if (end > at) found.push(piece());
    at = Math.max(end, at + 1);
  }
  return found;
}

function piecesOf(text: string): string[] {
  const count = smallReader.read(text, 64);
  const found = small.pieces.flatMap((piece, row) => Array.from({ length: smallReader.sums[row] ?? 0 }, () => piece));
  expect(found).toHaveLength(count);
  return found.toSorted();
}

const piece = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({ unit: 'grapheme', maxLength: 20 }),
  string({ unit: constantFrom(...letters), maxLength: 30 }),
  array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  constantFrom(
    'unbelievably ',
    'abcdabab',
    '東京',
    '\ud800',
    '\udc00',
    '😀👩‍💻',
    '\u0301',
    '\u0000',
    ' ',
    '1984!',
    'МИР ',
  ),
);
const texts = array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
/** Around and far over what is read whole, with any piece across the borders. */
const longTexts = array(piece, { minLength: 1, maxLength: 6 }).chain((pieces) =>
  integer({ min: HEAD_UNITS - 40, max: 2 * (HEAD_UNITS + TAIL_UNITS) }).map((length) =>
    pieces
      .join('')
      .repeat(Math.ceil(length / Math.max(1, pieces.join('').length)))
      .slice(0, length),
  ),
);

describe('piece sums', () => {
  it.each<[string, string[]]>([
    ['', []],
    [' \n', []],
    ['the thing', ['the', 'thing']],
    ['THE Thíng.', ['.', 'the', 'thing']],
    ['unable', ['unable']],
    ['unbelievably', ['##bel', '##bly', '##ie', '##va', 'un']],
    ['abcab', ['##ab', 'abc']],
    ["the(thing)'s", ["'", '(', ')', 'the', 'thing']],
    ['ths', ['##s']],
    ['1984 1 121', ['##1', '1', '12', '1984']],
    ['x1', ['##1', 'x']],
    ['東京', ['京', '東']],
    ['МИРМИР', ['##мир', 'мир']],
    ['E\u0301 é e\u200de', ['##e', 'e', 'e', 'e']],
    ['😀😀', ['##😀', '😀']],
    ['\ude00\ud83d', []],
    ['[CLS] ##', ['##s', '#', '#', 'c']],
    ['한', ['한']],
  ])('of %j are those of its wordpieces', (text, expected) => {
    expect(piecesOf(text)).toEqual(expected.toSorted());
  });

  it('follow the greedy longest match of any word', () => {
    const words = array(string({ unit: constantFrom(...'abcdelunthig1'.split('')), minLength: 1, maxLength: 12 }), {
      maxLength: 5,
    });
    const known = new Set(SMALL_VOCABULARY);
    assert(
      property(words, (list) => {
        expect(piecesOf(list.join(' '))).toEqual(list.flatMap((word) => greedy(word, known)).toSorted());
      }),
      { numRuns: 500 },
    );
  });

  it('are the same in both engines, of any text', () => {
    assert(property(texts, expectSame), { numRuns: 500 });
  });

  it('and of any long text', () => {
    assert(property(longTexts, expectSame), { numRuns: 100 });
  });

  it.each([
    ['nothing', ''],
    ['the longest that is read whole', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS)],
    ['one unit more', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS + 1)],
    ['a word without end', 'x'.repeat(100_000)],
    ['50 MB of one character', 'a'.repeat(50_000_000)],
    ['as many pieces as units', '東'.repeat(4_000)],
    ['one accent after the other', '\u0301'.repeat(4_000)],
    ['right to left', 'שלום עולם مرحبا بالعالم '.repeat(50)],
    ['base64', Buffer.from(Array.from({ length: 3_000 }, () => Math.floor(random() * 256))).toString('base64')],
    ['lone surrogates', '\ud800\udfff\ud801a\udc00'.repeat(900)],
  ])('are the same of %s', (_, text) => {
    expectSame(text);
    // What one text leaves behind is nothing to the next.
    expectSame('unable, the thing');
  });

  it('do not overflow with as many pieces as can be', () => {
    const table = tableOf(SMALL_VOCABULARY, 64, 1);
    const text = '東'.repeat(HEAD_UNITS + TAIL_UNITS);
    for (const value of [127, -127]) {
      table.rows.fill(value);
      for (const engine of [wasmReader(table), createPlainReader(table)]) {
        expect(engine.read(text, 64)).toBe(text.length);
        expect([...engine.sums]).toEqual(Array.from({ length: 64 }, () => value * text.length));
      }
    }
  });

  it('read the head and the tail of a long text and nothing between', () => {
    const [head, tail] = ['the '.repeat(HEAD_UNITS / 4), 'thing '.repeat(200).slice(-TAIL_UNITS)];
    const ends = piecesOf(`${head} ${tail}`);
    expect(piecesOf(`${head}${'abc '.repeat(9_000)}${tail}`)).toEqual(ends);
  });
});
