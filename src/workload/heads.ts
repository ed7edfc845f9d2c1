// What the classifier says of a text, head by head, and which columns of its weight rows are whose.
import { TOPICS } from './topics.ts';

/** What is to be done; a text that asks for none of these is "unknown". */
export const TASKS = [
  'answer',
  'reason',
  'code',
  'write',
  'rewrite',
  'summarise',
  'extract',
  'classify',
  'translate',
  'advise',
  'converse',
  'act',
] as const;
export type Task = (typeof TASKS)[number] | 'unknown';

/**
 * What a turn says of the answer before it: nothing; that it helped; that it was not understood; that it is not right; that another
 * is wanted (longer, in another form, one more).
 */
export const FEEDBACKS = ['none', 'satisfied', 'unclear', 'wrong', 'other'] as const;
export type Feedback = (typeof FEEDBACKS)[number];

/** A head with several columns is a softmax, one with a single column a logistic regression. */
export const HEADS = {
  topic: [...TOPICS, 'unknown'],
  task: [...TASKS, 'unknown'],
  difficulty: ['hard'],
  facts: ['asked'],
  feedback: FEEDBACKS,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Head = keyof typeof HEADS;

/** First column of each head in a row of weights. */
export const OFFSETS: Readonly<Record<Head, number>> = (() => {
  const offsets: Partial<Record<Head, number>> = {};
  let next = 0;
  for (const head of Object.keys(HEADS) as Head[]) {
    offsets[head] = next;
    next += HEADS[head].length;
  }
  return offsets as Record<Head, number>;
})();

/** Columns of all heads together. */
export const COLUMNS: number = Object.values(HEADS).reduce((sum, { length }) => sum + length, 0);
