// embedding: text -> unit vector: one contract, several engines.
export { type Embedder, type SparseVector } from './embedder.ts';
export { systemAfter } from './after.ts';
export { createFeatureSums } from './engines.ts';
export { embeddingErrors } from './errors.ts';
export { type FeatureSums, ROW_COLUMNS, ROWS } from './feature-sums.ts';
export { createHttpEmbedder, type HttpOptions } from './http/http-embedder.ts';
export { createPlainSums } from './plain-sums.ts';
export { type Embedding, type SentenceEmbedder } from './sentence-embedder.ts';
export { createStaticEmbedder } from './static-embedder.ts';
export { createTransformersEmbedder, type TransformersOptions } from './transformers/transformers-embedder.ts';
export { createPlainReader } from './wordpieces/plain-reader.ts';
export { createTableEmbedder, type TableEmbedder } from './wordpieces/table-embedder.ts';
export { loadWordpieceTable, openWordpieceTable, type WordpieceTable } from './wordpieces/wordpiece-table.ts';
