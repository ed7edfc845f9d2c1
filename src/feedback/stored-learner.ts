// The learner's statistics as they lie in the store: plain bytes of float64 sums, by arm, for each replica what it has added itself.
import type { ArmStatistics, Statistics } from '../learning/index.ts';

export interface StoredLearner {
  readonly v: 2;
  readonly fingerprint: string;
  /** Rewards of this replica up to this sequence number are in the sums. */
  readonly appliedSequence: number;
  /** Rewards in the sums altogether, those of replicas that it took over among them. */
  readonly rewards: number;
  readonly arms: Readonly<Record<string, StoredArm>>;
}

interface StoredArm {
  readonly observations: number;
  readonly answers: number;
  readonly outputTokens: number;
  readonly gram: Uint8Array;
  readonly moment: Uint8Array;
}

export function toStored(
  statistics: Statistics,
  said: Pick<StoredLearner, 'fingerprint' | 'appliedSequence' | 'rewards'>,
): StoredLearner {
  const arms: Record<string, StoredArm> = {};
  for (const [key, { observations, answers, outputTokens, gram, moment }] of statistics) {
    arms[key] = { observations, answers, outputTokens, gram: bytesOf(gram), moment: bytesOf(moment) };
  }
  return { v: 2, ...said, arms };
}

/** Arms of another size (a feature space that changed without its fingerprint) are left out rather than misread. */
export function fromStored(stored: StoredLearner | undefined, dimensions: number): Statistics {
  const statistics: Statistics = new Map<string, ArmStatistics>();
  for (const [key, arm] of Object.entries(stored?.arms ?? {})) {
    const gram = floatsOf(arm.gram);
    const moment = floatsOf(arm.moment);
    if (gram.length !== dimensions * dimensions || moment.length !== dimensions) continue;
    const { observations, answers, outputTokens } = arm;
    statistics.set(key, { observations, answers, outputTokens, gram, moment });
  }
  return statistics;
}

/** Adds the second to the first. */
export function addStatistics(into: Statistics, more: Statistics): void {
  for (const [key, arm] of more) {
    const sum = into.get(key);
    if (sum === undefined) {
      into.set(key, { ...arm, gram: arm.gram.slice(), moment: arm.moment.slice() });
      continue;
    }
    sum.observations += arm.observations;
    sum.answers += arm.answers;
    sum.outputTokens += arm.outputTokens;
    for (let i = 0; i < sum.gram.length; i++) sum.gram[i] = (sum.gram[i] ?? 0) + (arm.gram[i] ?? 0);
    for (let i = 0; i < sum.moment.length; i++) sum.moment[i] = (sum.moment[i] ?? 0) + (arm.moment[i] ?? 0);
  }
}

function bytesOf(floats: Float64Array): Uint8Array {
  return new Uint8Array(floats.buffer.slice(floats.byteOffset, floats.byteOffset + floats.byteLength));
}

function floatsOf(bytes: Uint8Array): Float64Array {
  // Copied: bytes from a store need not be aligned to 8.
  return new Float64Array(Uint8Array.from(bytes).buffer);
}
