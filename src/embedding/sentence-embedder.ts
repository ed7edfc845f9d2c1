// The contract of what turns a text into a dense vector: a table in this process, an encoder in a worker, a server.

/** What became of one text. Vectors are compared only within one `space`: the fingerprint of the engine that made them. */
export type Embedding =
  | { readonly kind: 'vector'; readonly vector: Float32Array; readonly space: string }
  | { readonly kind: 'absent'; readonly why: string };

export interface SentenceEmbedder {
  readonly kind: 'static' | 'transformers' | 'http';
  readonly dimensions: number;
  /** Changes whenever the same text may give another vector: model, library, table. */
  readonly fingerprint: string;
  /**
   * A unit vector of `dimensions` entries that is the caller's own, or why there is none. Never throws nor rejects, takes any
   * text, and is done within the engine's own deadline; at once where no worker or server is asked.
   */
  embed(text: string): Embedding | Promise<Embedding>;
  close(): Promise<void>;
}
