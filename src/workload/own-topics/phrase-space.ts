// The contract of a space in which texts are compared with the phrases of a policy's topics.

/** A run of phrases: a topic's examples, or its counter-examples. */
export interface Group {
  readonly start: number;
  readonly end: number;
}

/** How near a text is to each group of phrases, by cosines, each in [-1, 1]. */
export interface Nearness {
  /** Of the cosines to the group's phrases. */
  readonly sums: Float64Array;
  /** The cosine of the nearest phrase, -1 where there is none. */
  readonly nearest: Float64Array;
}

export interface PhraseSpace<Query> {
  /** Changes whenever the same text may be as near to the same phrase as it was not before. */
  readonly fingerprint: string;
  /**
   * Writes how near the query is to every group; phrase `but` (none: -1) has no say. False: the query says nothing (an empty text, a
   * vector of another dimension or of no finite length), and nothing was written. Never throws.
   */
  readonly measure: (query: Query, near: Nearness, but: number) => boolean;
}
