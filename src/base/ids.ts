// Ids that sort by the time they were made (UUID version 7), so that a range of a log is a range of keys.
import { v7 } from 'uuid';

export type DecisionId = string & { readonly __brand: 'DecisionId' };

/** Written anew for each id: half as dear as the library's text with its dashes taken out. */
const bytes = Buffer.alloc(16);

const DECISION_ID = /^dec_[0-9a-f]{32}$/;

export function newDecisionId(): DecisionId {
  v7(undefined, bytes);
  return `dec_${bytes.toString('hex')}` as DecisionId;
}

/** Checks the shape only; whether such a decision exists is the store's to say. */
export function isDecisionId(text: string): text is DecisionId {
  return DECISION_ID.test(text);
}
