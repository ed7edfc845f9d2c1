// What the encoder's thread is given at its start, and what it and the process say to each other.

/** How the vectors of a text's pieces become one. */
export const POOLINGS = ['mean', 'cls', 'last_token'] as const;
export type Pooling = (typeof POOLINGS)[number];

export interface EncoderSetup {
  /** What is imported as the library. */
  readonly library: string;
  /** The model's, absolute. */
  readonly folder: string;
  readonly pooling: Pooling;
  readonly dtype: string;
  /** Pieces that the model reads of a text. */
  readonly maxTokens: number;
}

/** A text to encode, the next one when its answer has come; null: that was all. */
export type ToEncoder = string | null;

export type EncoderAnswer =
  | { readonly kind: 'vector'; readonly vector: Float32Array }
  | { readonly kind: 'failed'; readonly why: string };

export interface EncoderReady {
  readonly kind: 'ready';
  readonly dimensions: number;
  readonly libraryVersion: string;
}

export interface EncoderRefused {
  readonly kind: 'refused';
  readonly fault: 'library-missing' | 'other';
  readonly detail: string;
}

export type FromEncoder = EncoderReady | EncoderRefused | EncoderAnswer;
