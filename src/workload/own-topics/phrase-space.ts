// The contract of a space in which texts are compared with the phrases of a policy's topics.

export interface PhraseSpace<Query> {
  /** Changes whenever the same text may be as near to the same phrase as it was not before. */
  readonly fingerprint: string;
  /** Phrases of all topics, examples and counter-examples. */
  readonly phrases: number;
  /**
   * Writes the cosine of the query to every phrase, in [-1, 1], 1 to a phrase itself. False: the query says nothing (an empty
   * text, a vector of another dimension or of no finite length), and nothing was written. Never throws.
   */
  readonly compare: (query: Query, cosines: Float64Array) => boolean;
}
