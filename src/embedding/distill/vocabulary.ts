// The wordpieces of an encoder and how it reads text, from its tokenizer.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddingErrors } from '../errors.ts';
import type { Normalizer } from '../wordpieces/unit-map.ts';

export interface Vocabulary {
  /** By id; empty where there is no piece of that id. */
  readonly pieces: readonly string[];
  readonly normalizer: Normalizer;
}

interface TokenizerFile {
  readonly model?: {
    readonly type?: string;
    readonly vocab?: unknown;
    readonly continuing_subword_prefix?: string;
  };
  readonly normalizer?: {
    readonly type?: string;
    readonly lowercase?: boolean;
    readonly strip_accents?: boolean | null;
  } | null;
}

/** Throws SLUICE_EMBEDDING_DISTILL for any tokenizer but BERT's. */
export function readVocabulary(folder: string): Vocabulary {
  const file = join(folder, 'tokenizer.json');
  const { model = {}, normalizer } = parse(file);
  const kind = model.type ?? (model.continuing_subword_prefix === '##' ? 'WordPiece' : 'unknown');
  if (kind !== 'WordPiece' || (model.continuing_subword_prefix ?? '##') !== '##' || !isNumbers(model.vocab)) {
    throw embeddingErrors.distill(
      `the tokenizer in ${file} is of the kind ${kind}; a table is made from encoders with WordPiece vocabularies ("##" within words): BERT and what comes from it, as bge, gte, e5, MiniLM, multilingual ones too`,
    );
  }
  const pieces: string[] = [];
  for (const [piece, id] of Object.entries(model.vocab)) pieces[id] = piece;
  const lowercase = normalizer?.lowercase ?? true;
  return {
    pieces: Array.from(pieces, (piece: string | undefined) => piece ?? ''),
    normalizer: { lowercase, stripAccents: normalizer?.strip_accents ?? lowercase },
  };
}

function parse(file: string): TokenizerFile {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw embeddingErrors.distill.with({ cause: error }, `${file} cannot be read: ${why}`);
  }
  throw embeddingErrors.distill(`${file} holds no object`);
}

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id < MOST_PIECES)
  );
}

/** Ids beyond this are a mistake: the largest vocabularies have a quarter of it. */
const MOST_PIECES = 1_000_000;
