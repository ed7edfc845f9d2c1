// The recipe on one data set at a time: the features and the training of the heads on folds 0-6, judged on what they have not seen.
import { createStaticEmbedder, loadWordpieceTable } from '../../src/embedding/index.ts';
import { calibrationError, reliability } from '../train/calibration.ts';
import { SETTINGS } from '../train/head-training.ts';
import { toIndices } from '../train/softmax.ts';
import { type FeaturesOf, linearScore } from './linear.ts';
import { byFold, bySplit, shift } from './tasks.ts';
import { four, type Panel, type PartOptions, type PartResult } from './types.ts';

export function measureRecipe({ data, seed, say }: PartOptions): PartResult {
  const embedder = createStaticEmbedder();
  const table = loadWordpieceTable();
  const featuresOf: FeaturesOf = (text) => ({
    indices: toIndices(embedder.embed(text)),
    // Whole, where the heads take half of it: a set of few rows has more use for it.
    dense: table.read(text).slice(),
  });
  const tasks = [
    byFold(data, 'mmlu_pro'),
    byFold(data, 'llmrouter14'),
    bySplit(data, 'clinc150'),
    bySplit(data, 'banking77'),
    shift(data),
  ];
  const rows: object[] = [];
  const panels: Panel[] = [];
  const figures: Record<string, number> = {};
  for (const task of tasks) {
    say(`recipe: ${task.name}`);
    const { judged, outsideAuroc, ...score } = linearScore(task, featuresOf, { ...SETTINGS, seed, isCalibrated: true });
    const ece = calibrationError(judged);
    figures[task.name] = four(score.accuracy);
    if (outsideAuroc !== undefined) figures[`${task.name}, AUROC of out of scope`] = four(outsideAuroc);
    rows.push({
      set: task.name,
      classes: score.classes,
      train: score.train,
      test: score.test,
      accuracy: four(score.accuracy),
      majority: four(score.majority),
      ece: four(ece),
      ...(outsideAuroc !== undefined && { outsideAuroc: four(outsideAuroc) }),
    });
    panels.push({ name: `recipe, ${task.name}`, ece, bins: reliability(judged) });
  }
  const title = `The recipe on one set at a time: hashed features and ${table.fingerprint} (AUROC by chance: .5)`;
  return { tables: [{ title, rows }], figures, panels };
}
