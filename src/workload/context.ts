// The learner's feature vector: an intercept and the three most probable groups of topics (reference recipe R without its PCA part).
import { groupProbabilities, GROUPS } from './topics.ts';

/** Intercept, each group, unknown. */
export const CONTEXT_DIMENSIONS: number = 1 + GROUPS;

/** Written anew for each request. */
const groups = new Float32Array(GROUPS);

/** Topic probabilities (`TOPICS` in order, then unknown) -> Float32Array(CONTEXT_DIMENSIONS) with at most 1 + 3 non-zeros. */
export function buildContext(topicProbabilities: Float32Array): Float32Array {
  const probabilities = groupProbabilities(topicProbabilities, groups);
  const context = new Float32Array(CONTEXT_DIMENSIONS);
  context[0] = 1;
  // One pass keeps the three largest in order; of equals the earlier stays ahead, and zeros never enter.
  let [p1, p2, p3] = [0, 0, 0];
  let [at1, at2, at3] = [0, 0, 0];
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] ?? 0;
    if (p <= p3) continue;
    if (p <= p2) {
      p3 = p;
      at3 = i + 1;
      continue;
    }
    p3 = p2;
    at3 = at2;
    if (p <= p1) {
      p2 = p;
      at2 = i + 1;
    } else {
      p2 = p1;
      at2 = at1;
      p1 = p;
      at1 = i + 1;
    }
  }
  if (p3 > 0) context[at3] = p3;
  if (p2 > 0) context[at2] = p2;
  if (p1 > 0) context[at1] = p1;
  return context;
}
