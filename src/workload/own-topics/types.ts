// Topics of one's own as the policy states them, and what looks a text up among them.

/** A topic that an operator defined by example. */
export interface OwnTopic {
  readonly name: string;
  /** At least `MIN_EXAMPLES`, all different, none empty. */
  readonly examples: readonly string[];
  /** Texts that are near the topic and not of it; may be empty. */
  readonly not: readonly string[];
  /** In (0, 1): above 0.5 stricter, below it looser than what the examples give. */
  readonly threshold: number;
}

/** A topic cannot be told from fewer examples: each is held against the others to find out what is near enough. */
export const MIN_EXAMPLES = 3;
/** What the examples themselves give. */
export const DEFAULT_THRESHOLD = 0.5;
