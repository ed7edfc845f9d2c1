// What requests are seen with, and the name of the feature space that their contexts live in.
import { createStaticEmbedder } from '../embedding/index.ts';
import type { Plan } from '../policy/index.ts';
import { createLanguageDetector, lazyClassifier, type Eyes } from '../workload/index.ts';

export interface OpenedEyes {
  readonly eyes: Eyes;
  /** Changes with whatever makes contexts: what was learnt under another one is void. */
  readonly contextFingerprint: string;
  /** Reads what the plan needs and takes long to read; nothing of it is read for a plan that asks for none. Throws workloadErrors. */
  readonly load: (plan: Plan) => Promise<void>;
}

export function openEyes(): OpenedEyes {
  const embedder = createStaticEmbedder();
  const classifier = lazyClassifier();
  const language = createLanguageDetector();
  return {
    eyes: { classifier, language },
    contextFingerprint: `${embedder.fingerprint}+${classifier.fingerprint}`,
    load: async ({ needs }) => {
      if (needs.topic || needs.sight) classifier.load();
      if (needs.facts.includes('language')) await language.load();
    },
  };
}
