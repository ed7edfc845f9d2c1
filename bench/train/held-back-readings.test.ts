// Held-back readings: what heads say of a prompt does not depend on what is known of its fold.
import { describe, expect, it } from 'vitest';
import { TOPICS } from '../../src/workload/topics.ts';
import type { Example } from './examples.ts';
import { readHeldBack } from './held-back-readings.ts';

const same = { base: 0, length: 0 };
const PARAMETERS = {
  topic: { temperature: same, unknown: { bias: -2, energy: 0, outside: 0, length: 0 } },
  task: { temperature: same },
  feedback: { temperature: same },
  difficulty: { bias: 0, slope: 1 },
  facts: { bias: 0, slope: 1 },
};
const [LAW, MATH] = [TOPICS.indexOf('law'), TOPICS.indexOf('math')];

/** A prompt of law or mathematics, each of a feature of its own. */
function example(fold: number, topic: number, share: number | undefined): Example {
  const features = { indices: Uint16Array.of(topic), dense: new Float32Array(1) };
  return {
    text: `${topic} in ${fold}`,
    whole: features,
    ends: features,
    fold,
    kind: 'exam',
    set: 'mmlu_pro',
    isVariant: false,
    labels: { topic, ...(share !== undefined && { difficulty: { share } }) },
  };
}

const FOLDS = [0, 1, 2, 3, 4, 5, 6];
const examples = FOLDS.flatMap((fold) => [example(fold, LAW, 0.9), example(fold, MATH, 0.1)]);
const readingOf = readHeldBack(examples, PARAMETERS, 1);

describe('held-back readings', () => {
  it('know a prompt by those of other folds', () => {
    for (const fold of FOLDS) {
      const { weights, difficulty } = readingOf('mmlu_pro', `${LAW} in ${fold}`);
      expect(weights.length).toBe(TOPICS.length);
      expect(weights.indexOf(Math.max(...weights))).toBe(LAW);
      expect(difficulty).toBeGreaterThan(readingOf('mmlu_pro', `${MATH} in ${fold}`).difficulty);
    }
  });

  it('of a fold do not change with its labels, those of the others do', () => {
    const swapped = examples.map((one) =>
      one.fold === 3 ? { ...one, labels: { topic: MATH, difficulty: { share: 0 } } } : one,
    );
    const other = readHeldBack(swapped, PARAMETERS, 1);
    const law = (fold: number): string => `${LAW} in ${fold}`;
    expect(other('mmlu_pro', law(3))).toEqual(readingOf('mmlu_pro', law(3)));
    expect(other('mmlu_pro', law(4)).weights[LAW]).toBeLessThan(readingOf('mmlu_pro', law(4)).weights[LAW] ?? 0);
    expect(other('mmlu_pro', law(4)).difficulty).toBeLessThan(readingOf('mmlu_pro', law(4)).difficulty);
  });

  it('keep what is of no topic apart', () => {
    const { weights } = readingOf('mmlu_pro', `${LAW} in 0`);
    const unknown = 1 / (1 + Math.exp(2));
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1 - unknown, 5);
  });

  it('are of the prompts of the training folds that models were scored on, and throw of others', () => {
    const more = [...examples, example(7, LAW, 0.9), example(0, TOPICS.indexOf('code'), undefined)];
    const read = readHeldBack(more, PARAMETERS, 1);
    expect(() => read('mmlu_pro', `${LAW} in 7`)).toThrow(`mmlu_pro: no model was scored on: ${LAW} in 7`);
    expect(() => read('mmlu_pro', `${TOPICS.indexOf('code')} in 0`)).toThrow('no model was scored on');
    expect(() => read('zeroeval', `${LAW} in 0`)).toThrow('zeroeval');
  });
});
