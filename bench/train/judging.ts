// Every training row of the held-back folds, judged by models that saw none of its fold; temperatures and sigmoids fitted on that.
import type { ClassifierModel, Sigmoid, UnknownParameters } from '../../src/workload/classifier-asset.ts';
import { temperatureOf, unknownFeatures } from '../../src/workload/posteriors.ts';
import type { Head } from '../../src/workload/heads.ts';
import { TOPICS } from '../../src/workload/topics.ts';
import { fitLogistic, fitTemperature, type LogisticRow } from './calibration.ts';
import { type Example, featuresFor } from './examples.ts';
import { classesOf, teaches, trainHead } from './head-training.ts';
import { classesIn, logitsOf, type SoftmaxModel, softmaxInPlace } from './softmax.ts';
import { HELD_BACK_FOLDS } from './sources.ts';

export interface Judged {
  readonly example: Example;
  /** One a class. */
  readonly logits: Float64Array;
  readonly features: number;
}

export function judgeHeldBack(head: Head, examples: readonly Example[], seed: number): Judged[] {
  return HELD_BACK_FOLDS.flatMap((fold) => {
    const model = trainHead(head, examples, seed, fold);
    const own = examples.filter((one) => one.fold === fold && !one.isVariant && teaches(head, one));
    return own.map((example) => judge(head, model, example));
  });
}

export function judge(head: Head, model: SoftmaxModel, example: Example): Judged {
  const logits = new Float64Array(classesOf(head));
  const features = featuresFor(head, example);
  logitsOf(model, features, logits);
  return { example, logits, features: features.indices.length };
}

const KINDS = ['exam', 'chat', 'outside'] as const;

/**
 * Of a softmax, over the classes that are no "unknown" of the topics; kinds of text weigh the same whatever their number, because exam
 * rows alone would leave chat, whose texts are short, far less sure than right.
 */
export function fitSoftmax(
  head: Head,
  judged: readonly Judged[],
): { temperature: ClassifierModel['task']['temperature'] } {
  const classes = head === 'topic' ? TOPICS.length : classesOf(head);
  const known = judged.filter(({ example }) => Math.max(...classesIn(example.labels[head])) < classes);
  const groups = KINDS.map((kind) => known.filter(({ example }) => example.kind === kind)).filter(
    (rows) => rows.length > 0,
  );
  const temperature = fitTemperature((at) => {
    let loss = 0;
    for (const rows of groups) {
      let sum = 0;
      for (const { example, logits, features } of rows) {
        const p = logits.slice(0, classes);
        softmaxInPlace(p, temperatureOf(at, features));
        const right = classesIn(example.labels[head]).reduce((total, k) => total + (p[k] ?? 0), 0);
        sum -= Math.log(Math.max(1e-9, right));
      }
      loss += sum / rows.length;
    }
    return loss;
  });
  return { temperature };
}

/** Of a single column: the second class's logit less the first's; a share counts as so much of either. */
export function fitSigmoid(head: Head, judged: readonly Judged[]): Sigmoid {
  const rows: LogisticRow[] = judged.flatMap(({ example, logits }) => {
    const label = example.labels[head] ?? 0;
    const share = typeof label === 'number' ? label : 'share' in label ? label.share : 0.5;
    const features = [1, marginOf(logits)];
    return [
      { features, positive: true, weight: share },
      { features, positive: false, weight: 1 - share },
    ];
  });
  const [bias = 0, slope = 0] = fitLogistic(rows);
  return { bias, slope };
}

export function marginOf(logits: Float64Array): number {
  return (logits[1] ?? 0) - (logits[0] ?? 0);
}

/** Exam rows, chat rows and rows of no topic weigh 1 : 1 : 1 as groups, so a short chat prompt is not unknown for being short. */
export function fitUnknown(judged: readonly Judged[]): UnknownParameters {
  const rows: LogisticRow[] = KINDS.flatMap((kind) => {
    const own = judged.filter(({ example }) => example.kind === kind);
    return own.map(({ logits, features }) => ({
      features: unknownFeatures(logits, features),
      positive: kind === 'outside',
      weight: 1_000 / own.length,
    }));
  });
  const [bias = 0, energy = 0, outside = 0, length = 0] = fitLogistic(rows);
  return { bias, energy, outside, length };
}
