// The wordpiece table: its file, the vectors read from it, and the one that comes with Sluice.
import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPlainReader, createTableEmbedder, loadWordpieceTable, openWordpieceTable } from '../index.ts';
import { SMALL_VOCABULARY, tableOf } from './fixtures.ts';
import { decodeTable, encodeTable } from './table-file.ts';

const data = tableOf(SMALL_VOCABULARY, 64, 5);
const bytes = encodeTable(data);
const shipped = loadWordpieceTable();

const anyText = array(integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((units) =>
  String.fromCharCode(...units),
);

function cosine(a: string, b: string): number {
  const left = shipped.read(a).slice();
  return shipped.read(b).reduce((sum, value, k) => sum + value * (left[k] ?? 0), 0);
}

function withByte(at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

describe('the file of a wordpiece table', () => {
  it('gives back what was written into it', () => {
    const { name, columns, units, index, scales, rows } = decodeTable(bytes);
    const { pieces: _, ...written } = data;
    expect({ name, columns, units, index, scales, rows }).toEqual(written);
  });

  it('may begin at any address', () => {
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeTable(shifted.subarray(1)).rows).toEqual(data.rows);
  });

  it.each<[string, Uint8Array]>([
    ['too few for a header', bytes.subarray(0, 20)],
    ['wrong magic', withByte(0, 0)],
    ['version 9, expected 1', withByte(8, 9)],
    ['0 columns', withByte(16, 0)],
    ['63 columns', withByte(16, 63)],
    ['buckets cannot be', withByte(24, 99)],
    ['its header says', withByte(20, 3)],
    ['its header says', bytes.subarray(0, bytes.length - 1)],
    ['the file is damaged', withByte(bytes.length - 1, 1)],
  ])('is refused: %s', (message, broken) => {
    expect(() => decodeTable(broken)).toThrow(message);
  });

  it('is refused when it points outside of itself, whatever its checksum', () => {
    const starts = data.index.starts.slice().fill(1_000_000, 1);
    expect(() => decodeTable(encodeTable({ ...data, index: { ...data.index, starts } }))).toThrow('out of range');
    const scales = data.scales.slice().fill(Number.NaN, 0, 1);
    expect(() => decodeTable(encodeTable({ ...data, scales }))).toThrow('out of range');
  });

  it('is asked for by name when it is not there', () => {
    expect(() => loadWordpieceTable('/nowhere/table.bin')).toThrow(/wordpiece table: cannot be read: .*\/nowhere/);
  });
});

describe('a wordpiece table', () => {
  it('is a table of its first columns too, of length 1 again', () => {
    const text = 'The thing is unable, and so is every other one.';
    const first = shipped.first(64);
    expect([first.columns, first.first(1).columns, first.fingerprint]).toEqual([64, 64, shipped.fingerprint]);
    const narrow = first.read(text).slice();
    const wide = shipped.read(text).slice(0, 64);
    const length = Math.hypot(...wide);
    for (const [k, value] of wide.entries()) expect(narrow[k]).toBeCloseTo(value / length, 5);
    expect(Math.hypot(...narrow)).toBeCloseTo(1, 5);
    expect(shipped.first(1_000).columns).toBe(shipped.columns);
  });

  it('reads the mean of the rows, of length 1', () => {
    const table = openWordpieceTable(bytes);
    const row = (piece: string): number[] => {
      const at = data.pieces.indexOf(piece) * 64;
      return Array.from(data.rows.subarray(at, at + 64), (value, k) => value * (data.scales[k] ?? 0));
    };
    const [the, thing] = [row('the'), row('thing')];
    const sum = the.map((value, k) => value + (thing[k] ?? 0));
    const expected = sum.map((value) => value / Math.hypot(...sum));
    for (const [k, value] of table.read('The thing').entries()) expect(value).toBeCloseTo(expected[k] ?? Number.NaN, 5);
  });

  it.each(['', '   ', '\u0000\u0301', 'q', '\ud800'])('reads zeros where it knows no piece: %j', (text) => {
    const table = openWordpieceTable(bytes);
    table.read('the thing');
    expect([...table.read(text)]).toEqual(Array.from({ length: 64 }, () => 0));
  });

  it.each([
    ['without WebAssembly', undefined],
    ['without its 128-bit lanes', { validate: () => false }],
  ])('reads the very same %s', (_, engine) => {
    const vector = openWordpieceTable(bytes).read('unbelievably able!').slice();
    vi.stubGlobal('WebAssembly', engine);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const table = openWordpieceTable(bytes);
    expect(table.engine).toBe('plain');
    expect(table.read('unbelievably able!')).toEqual(vector);
  });

  it('has a fingerprint that follows its content', () => {
    const other = encodeTable({ ...data, rows: data.rows.map((value, i) => (i === 0 ? value + 1 : value)) });
    expect(openWordpieceTable(bytes).fingerprint).toBe(openWordpieceTable(bytes.slice()).fingerprint);
    expect(openWordpieceTable(other).fingerprint).not.toBe(openWordpieceTable(bytes).fingerprint);
  });
});

describe('the table that comes with Sluice', () => {
  it('reads unit vectors, or zeros, of any text', () => {
    expect(shipped.engine).toBe('wasm');
    assert(
      property(anyText, (text) => {
        const norm = Math.hypot(...shipped.read(text));
        if (norm !== 0) expect(norm).toBeCloseTo(1, 4);
      }),
    );
  });

  it('has the columns that its card says', () => {
    expect(shipped.columns).toBe(128);
    expect(shipped.fingerprint).toMatch(/^wordpieces-128-[0-9a-f]{8}$/);
  });

  it('puts texts near each other that mean the same and share no word', () => {
    expect(cosine('how do I reset my password', 'I forgot the login code')).toBeGreaterThan(
      cosine('how do I reset my password', 'the derivative of a polynomial') + 0.3,
    );
    expect(cosine('lawsuit over a breached contract', 'the court and its legal damages')).toBeGreaterThan(
      cosine('lawsuit over a breached contract', 'cells and their proteins') + 0.3,
    );
  });
});

describe('the table as a sentence embedder', () => {
  const embedder = createTableEmbedder(openWordpieceTable(bytes, createPlainReader));

  it('answers at once with a vector of the caller’s own', () => {
    const first = embedder.embed('the thing');
    const kept = first.kind !== 'vector' ? [] : [...first.vector];
    embedder.embed('unable');
    expect(first).toMatchObject({ kind: 'vector', space: embedder.fingerprint });
    expect(first).toHaveProperty('vector', Float32Array.from(kept));
    expect(embedder).toMatchObject({ kind: 'static', dimensions: 64 });
  });

  it('has nothing to say about a text without pieces', () => {
    expect(embedder.embed(' ')).toEqual({ kind: 'absent', why: 'no word of the text is in the wordpiece table' });
  });
});
