// The committed classifier: read whole, or known by its fingerprint until somebody asks it.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { ownFile } from '../base/index.ts';
import { FINGERPRINT_BYTES, fingerprintOf } from './classifier-asset.ts';
import { type Classifier, createClassifier } from './classifier.ts';

const ASSET = ownFile('workload/assets/classifier.bin');

/** Reads the committed asset beside this file; throws `SLUICE_WORKLOAD_CLASSIFIER_ASSET` if it does not fit, and what `fs` throws. */
export function loadClassifier(): Classifier {
  return createClassifier(readFileSync(ASSET));
}

export interface LazyClassifier extends Classifier {
  /** Reads the weights, unless they have been read: some 7 MB with the wordpiece table, 30 ms. Throws what `loadClassifier` throws. */
  load(): void;
}

/** Its fingerprint at once, from the head of the asset; the rest when it is loaded, or a text is read. */
export function lazyClassifier(): LazyClassifier {
  let loaded: Classifier | undefined;
  const load = (): Classifier => (loaded ??= loadClassifier());
  return { fingerprint: fingerprintOf(headOf(ASSET)), load: () => void load(), read: (text) => load().read(text) };
}

function headOf(file: URL): Uint8Array {
  const head = new Uint8Array(FINGERPRINT_BYTES);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, head);
  } finally {
    closeSync(opened);
  }
  return head;
}
