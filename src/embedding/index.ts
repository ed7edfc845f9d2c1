// embedding: text -> unit vector: one contract, several engines.
export { type Embedder, type SparseVector } from './embedder.ts';
export { createStaticEmbedder } from './static-embedder.ts';
