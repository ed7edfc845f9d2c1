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

/** What heads are told from: the whole text, or its ends alone (`text-ends.ts`). */
export type View = 'whole' | 'ends';

/** A request that asks for its topic alone touches nothing of the ends' weights. */
export const HEADS_OF: Readonly<Record<View, readonly Head[]>> = {
  whole: ['topic', 'difficulty', 'facts', 'feedback'],
  ends: ['task'],
};

/** First column of each head among those of its view. */
export const OFFSETS: Readonly<Record<Head, number>> = (() => {
  const offsets: Partial<Record<Head, number>> = {};
  for (const heads of Object.values(HEADS_OF)) {
    let next = 0;
    for (const head of heads) {
      offsets[head] = next;
      next += HEADS[head].length;
    }
  }
  return offsets as Record<Head, number>;
})();

/** Columns of all heads of a view together. */
export const COLUMNS: Readonly<Record<View, number>> = { whole: columnsOf('whole'), ends: columnsOf('ends') };

function columnsOf(view: View): number {
  return HEADS_OF[view].reduce((sum, head) => sum + HEADS[head].length, 0);
}
