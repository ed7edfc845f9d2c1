// embedding: text -> unit vector: one contract, several engines.
export type { DistilledTable, DistillOptions } from './distill/distill.ts';
export { readTexts } from './distill/read-texts.ts';
export { type Embedder, type SparseVector } from './embedder.ts';
export { type After, systemAfter } from './after.ts';
export { embeddingErrors } from './errors.ts';
export { type HeadWeights, type LinearHeads, ROW_COLUMNS, ROWS } from './linear-heads.ts';
export type { HttpOptions } from './http/http-embedder.ts';
export { createHttpEmbedder, createTransformersEmbedder, distill } from './late.ts';
export { type Embedding, type SentenceEmbedder } from './sentence-embedder.ts';
export { createStaticEmbedder } from './static-embedder.ts';
export { createPlainReader } from './wordpieces/plain-reader.ts';
export { createTableEmbedder, type TableEmbedder } from './wordpieces/table-embedder.ts';
export { loadWordpieceTable, openWordpieceTable, type WordpieceTable } from './wordpieces/wordpiece-table.ts';
export type { TransformersOptions } from './transformers/transformers-embedder.ts';
export { POOLINGS as ENCODER_POOLINGS } from './transformers/messages.ts';
export { DTYPES as ENCODER_DTYPES } from './transformers/model-folder.ts';
