// What requests are seen with, and the name of the feature space that their contexts live in.
import { createStaticEmbedder } from '../embedding/index.ts';
import { loadTopicClassifier, type Eyes } from '../workload/index.ts';

export interface OpenedEyes {
  readonly eyes: Eyes;
  /** Changes with whatever makes contexts: what was learnt under another one is void. */
  readonly contextFingerprint: string;
}

export function openEyes(): OpenedEyes {
  const embedder = createStaticEmbedder();
  const classifier = loadTopicClassifier();
  return { eyes: { embedder, classifier }, contextFingerprint: `${embedder.fingerprint}+${classifier.fingerprint}` };
}
