// What a text is about and asks for: linear heads over hashed features and the wordpiece table's vector; the whole text's together, those of its ends when they are asked.
import { createStaticEmbedder, loadWordpieceTable, type WordpieceTable } from '../embedding/index.ts';
import { decodeClassifier, fingerprintOf, rowsFor } from './classifier-asset.ts';
import { workloadErrors } from './errors.ts';
import { COLUMNS, type View } from './heads.ts';
import { createLinearView, type Logits, type ViewWeights } from './linear-view.ts';
import { type Reading, readingOf } from './posteriors.ts';
import { endsOf } from './text-ends.ts';

export interface Classifier {
  /** Names the training: changes with the weights. */
  readonly fingerprint: string;
  /** Takes any string, never throws, keeps nothing of it. */
  read(text: string): Reading;
}

/**
 * The table's engine reads it. Throws `SLUICE_WORKLOAD_CLASSIFIER_ASSET` when the asset is malformed or was
 * trained on another embedder's features or another table's vectors.
 */
export function createClassifier(asset: Uint8Array, table: WordpieceTable = loadWordpieceTable()): Classifier {
  const model = decodeClassifier(asset);
  const { fingerprint } = createStaticEmbedder();
  if (model.embedder !== fingerprint) {
    throw workloadErrors.classifierAsset(
      `trained for embedder ${model.embedder}, this is ${fingerprint}: train again (npm run train:classifier)`,
    );
  }
  const entries = model.whole.dense.length / COLUMNS.whole;
  if (model.table !== table.fingerprint || entries > table.columns) {
    throw workloadErrors.classifierAsset(
      `trained for table ${model.table}, this is ${table.fingerprint}: train again (npm run train:classifier)`,
    );
  }
  const { whole, ends, ...parameters } = model;
  const viewOf = (view: View, weights: ViewWeights): ((text: string) => Logits) =>
    createLinearView(weights, rowsFor(view, weights.weights), table);
  const readWhole = viewOf('whole', whole);
  // Copied, so that the asset's bytes need not stay in memory.
  const kept = { ...ends, weights: ends.weights.slice() };
  /** Made when a task is first asked: a megabyte that many policies never need. */
  let readEnds: ((text: string) => Logits) | undefined;
  return {
    fingerprint: fingerprintOf(asset),
    read: (text) => readingOf(parameters, readWhole(text), () => (readEnds ??= viewOf('ends', kept))(endsOf(text))),
  };
}
