// What the topics bench counts: accuracy among all topics, and precision and recall of topics among everything else.
import type { IntentText } from './data.ts';

export interface Spread {
  readonly mean: number;
  /** Standard deviation over draws. */
  readonly sd: number;
}

export interface Detection {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Precision and F1 if one text of twenty were of the topic. */
  readonly precisionAt5: number;
  readonly f1At5: number;
  /** Share of the texts of none of the topics that some topic takes. */
  readonly falseAlarms: number;
}

const COMMON_SHARE = 0.05;

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean: Number(mean.toFixed(4)), sd: Number(Math.sqrt(variance).toFixed(4)) };
}

export function accuracy(
  names: readonly string[],
  rows: readonly IntentText[],
  scores: readonly Float64Array[],
): number {
  const right = rows.filter(({ intent }, i) => {
    const own = scores[i] ?? new Float64Array();
    return names[own.indexOf(Math.max(...own))] === intent;
  });
  return right.length / rows.length;
}

/** Means over the topics, at a score of 0.5. */
export function detection(
  names: readonly string[],
  rows: readonly IntentText[],
  scores: readonly Float64Array[],
): Detection {
  const perTopic = names.map((name, t) => {
    let [right, wrong, labelled] = [0, 0, 0];
    for (const [i, { intent }] of rows.entries()) {
      const isFound = (scores[i]?.[t] ?? 0) >= 0.5;
      if (intent === name) labelled++;
      if (isFound && intent === name) right++;
      else if (isFound) wrong++;
    }
    const recall = right / Math.max(1, labelled);
    const others = rows.length - labelled;
    // As many wrong ones as there would be if the topic had its share.
    const wrongAt5 = (wrong / others) * labelled * (1 / COMMON_SHARE - 1);
    return {
      recall,
      precision: ratio(right, right + wrong),
      f1: (2 * right) / (right + wrong + labelled),
      precisionAt5: ratio(right, right + wrongAt5),
      f1At5: (2 * right) / (right + wrongAt5 + labelled),
    };
  });
  const outside = rows.flatMap(({ intent }, i) => (names.includes(intent) ? [] : [scores[i] ?? new Float64Array()]));
  const mean = (of: (topic: (typeof perTopic)[number]) => number): number =>
    Number((perTopic.reduce((sum, topic) => sum + of(topic), 0) / perTopic.length).toFixed(4));
  return {
    precision: mean((topic) => topic.precision),
    recall: mean((topic) => topic.recall),
    f1: mean((topic) => topic.f1),
    precisionAt5: mean((topic) => topic.precisionAt5),
    f1At5: mean((topic) => topic.f1At5),
    falseAlarms: Number(
      (outside.filter((own) => own.some((score) => score >= 0.5)).length / outside.length).toFixed(4),
    ),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
