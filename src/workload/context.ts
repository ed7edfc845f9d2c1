// The learner's feature vector: an intercept and the three most probable topics (reference recipe R without its PCA part).
import { TOPICS } from './topic.ts';

const KEPT_TOPICS = 3;

/** Intercept, each topic, unknown. */
export const CONTEXT_DIMENSIONS = 1 + TOPICS.length + 1;

/** probabilities: TOPICS in order, then unknown -> Float32Array(CONTEXT_DIMENSIONS) with at most 1 + 3 non-zeros. */
export function buildContext(probabilities: Float32Array): Float32Array {
  const context = new Float32Array(CONTEXT_DIMENSIONS);
  context[0] = 1;
  for (let kept = 0; kept < KEPT_TOPICS; kept++) {
    let best = -1;
    let bestProbability = 0;
    for (let i = 0; i < probabilities.length; i++) {
      const probability = probabilities[i] ?? 0;
      if (probability > bestProbability && context[i + 1] === 0) {
        best = i;
        bestProbability = probability;
      }
    }
    if (best < 0) break;
    context[best + 1] = bestProbability;
  }
  return context;
}
