// What few gateways need and takes a while to read: engines that ask a worker or a server, and the making of tables. Read when first called.
import type { DistilledTable, DistillOptions } from './distill/distill.ts';
import type { HttpOptions } from './http/http-embedder.ts';
import type { SentenceEmbedder } from './sentence-embedder.ts';
import type { TransformersOptions } from './transformers/transformers-embedder.ts';

export async function createTransformersEmbedder(options: TransformersOptions): Promise<SentenceEmbedder> {
  const { createTransformersEmbedder: create } = await import('./transformers/transformers-embedder.ts');
  return create(options);
}

export async function createHttpEmbedder(options: HttpOptions): Promise<SentenceEmbedder> {
  const { createHttpEmbedder: create } = await import('./http/http-embedder.ts');
  return create(options);
}

export async function distill(options: DistillOptions): Promise<DistilledTable> {
  const { distill: make } = await import('./distill/distill.ts');
  return make(options);
}
