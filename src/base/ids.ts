// Ids that sort by the time they were made (UUID version 7), so that a range of a log is a range of keys.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

export type DecisionId = string & { readonly __brand: 'DecisionId' };

const RANDOM_BYTES = 16;
/** Drawn many ids at a time: a call of the generator costs as much as the rest of an id. */
const pool = Buffer.alloc(RANDOM_BYTES * 256);
const draws = Array.from({ length: 256 }, (_, i) => pool.subarray(i * RANDOM_BYTES, (i + 1) * RANDOM_BYTES));
let drawn = draws.length;
const bytes = Buffer.alloc(16);

/** Of the last id: within one millisecond, and when the clock goes back, ids count on from it. */
let msecs = 0;
let seq = 0;

const DECISION_ID = /^dec_[0-9a-f]{32}$/;

export function newDecisionId(): DecisionId {
  if (drawn === draws.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const random = draws[drawn++] as Buffer;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Half of the range is left to count on.
    seq = random.readUInt32LE(0) >>> 1;
  } else if (++seq > 0xffff_ffff) {
    msecs++;
    seq = 0;
  }
  v7({ msecs, seq, random }, bytes);
  return `dec_${bytes.toString('hex')}` as DecisionId;
}

/** Checks the shape only; whether such a decision exists is the store's to say. */
export function isDecisionId(text: string): text is DecisionId {
  return DECISION_ID.test(text);
}
