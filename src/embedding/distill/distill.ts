// An ONNX sentence encoder and an operator's texts -> the file of a wordpiece table: `sluice distill`.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { seededRandom } from '../../base/index.ts';
import { embeddingErrors } from '../errors.ts';
import type { Dtype } from '../transformers/model-folder.ts';
import type { Pooling } from '../transformers/messages.ts';
import { indexPieces } from '../wordpieces/piece-index.ts';
import { COLUMN_STEP, MOST_COLUMNS } from '../wordpieces/table-file.ts';
import { unitMap } from '../wordpieces/unit-map.ts';
import { fitTexts } from './fit-texts.ts';
import { type FittedTable, makeRows } from './make-table.ts';
import { quantise } from './quantise.ts';
import { openTeacher } from './teacher.ts';
import { encodeList } from './vectors.ts';
import { readVocabulary } from './vocabulary.ts';

export interface DistillOptions {
  /** The encoder's folder, laid out as transformers.js expects one. */
  readonly model: string;
  readonly texts: readonly string[];
  readonly columns: number;
  /** At most so many sentences are cut out of the texts. */
  readonly sentences: number;
  readonly seed: number;
  readonly pooling?: Pooling | undefined;
  readonly dtype?: Dtype | undefined;
  /** Where the encoder's vectors are kept: a run that was stopped goes on, one with other columns encodes nothing. */
  readonly cacheDirectory?: string | undefined;
  readonly onProgress?: (step: 'pieces' | 'texts' | 'fit', done: number, total: number) => void;
  /** What is imported as transformers.js. */
  readonly library?: string;
}

export interface DistilledTable {
  /** Of a table's file. */
  readonly bytes: Uint8Array;
  readonly pieces: number;
  readonly texts: number;
  readonly dimensions: number;
  readonly pooling: Pooling;
  readonly agreement: FittedTable['agreement'];
}

const MOST_TOKENS = 128;
/** Pieces have one length, so a batch of them is not padded: three times as fast as one by one, unlike batches of texts. */
const PIECES_A_CALL = 16;
const TEXTS_A_CHUNK = 16;
/** Fewer say nothing about a language. */
const FEWEST_TEXTS = 100;

/** Rejects with embeddingErrors. */
export async function distill(options: DistillOptions): Promise<DistilledTable> {
  const { columns, sentences, seed, onProgress, cacheDirectory } = options;
  if (columns % COLUMN_STEP !== 0 || columns < COLUMN_STEP || columns > MOST_COLUMNS) {
    throw embeddingErrors.distill(
      `columns must be a multiple of ${COLUMN_STEP}, at most ${MOST_COLUMNS}; found ${columns}`,
    );
  }
  const texts = fitTexts(options.texts, sentences, seededRandom(seed));
  if (texts.length < FEWEST_TEXTS) {
    throw embeddingErrors.distill(
      `${texts.length} different texts are too few; give it ${FEWEST_TEXTS}, better 10,000`,
    );
  }
  const folder = resolve(options.model);
  const { dtype, pooling, library } = options;
  const teacher = await openTeacher(folder, {
    dtype,
    pooling,
    maxTokens: MOST_TOKENS,
    ...(library !== undefined && { library }),
  });
  try {
    const { pieces: vocabulary, normalizer } = readVocabulary(folder);
    const units = unitMap(normalizer);
    const { index, places } = indexPieces(vocabulary, units);
    const { dimensions } = teacher;
    if (columns > dimensions)
      throw embeddingErrors.distill(`the encoder has ${dimensions} columns, fewer than ${columns}`);
    const fileOf = (kind: string, list: readonly unknown[]): string | undefined => {
      if (cacheDirectory === undefined) return undefined;
      mkdirSync(cacheDirectory, { recursive: true });
      const recipe = JSON.stringify([teacher.identity, teacher.pooling, dtype, MOST_TOKENS, list]);
      return join(cacheDirectory, `${kind}-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}.f32`);
    };

    const pieceVectors = await encodeList({
      length: places.length,
      dimensions,
      chunk: PIECES_A_CALL,
      encode: (start, end) => teacher.encodePieces([...places.subarray(start, end)]),
      file: fileOf('pieces', [...places]),
      onProgress: (done) => onProgress?.('pieces', done, places.length),
    });
    const textVectors = await encodeList({
      length: texts.length,
      dimensions,
      chunk: TEXTS_A_CHUNK,
      // Batches gain nothing: the shorter texts are padded.
      encode: async (start, end) => {
        const vectors: Float32Array[] = [];
        for (const text of texts.slice(start, end)) vectors.push(await teacher.encodeText(text));
        return vectors;
      },
      file: fileOf('texts', texts),
      onProgress: (done) => onProgress?.('texts', done, texts.length),
    });

    onProgress?.('fit', 0, 1);
    const sources = { columns, units, index, places, vocabulary, pieceVectors, texts, textVectors, dimensions, seed };
    const { rows, agreement } = makeRows(sources);
    onProgress?.('fit', 1, 1);
    const name = basename(folder);
    const bytes = quantise({ name, columns, units, index, rows });
    const facts = { pieces: places.length, texts: texts.length, dimensions, pooling: teacher.pooling, agreement };
    return { bytes, ...facts };
  } finally {
    await teacher.close();
  }
}
