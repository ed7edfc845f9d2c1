// The baseline of the topics bench: the nearest mean of plain hashed features, by cosine.
import { createStaticEmbedder } from '../../src/embedding/index.ts';
import type { OwnTopic } from '../../src/workload/index.ts';

/** By text its cosine to the mean of every topic's examples. */
export function nearestMean(topics: readonly OwnTopic[], texts: readonly string[]): readonly Float64Array[] {
  const embedder = createStaticEmbedder();
  const means = topics.map(({ examples }) => {
    const mean = new Float32Array(embedder.dimensions);
    for (const example of examples) {
      const { indices, values, length } = embedder.embed(example);
      for (let i = 0; i < length; i++) mean[indices[i] ?? 0] = (mean[indices[i] ?? 0] ?? 0) + (values[i] ?? 0);
    }
    const length = Math.hypot(...mean.filter((value) => value > 0));
    return mean.map((value) => value / length);
  });
  return texts.map((text) => {
    const { indices, values, length } = embedder.embed(text);
    return Float64Array.from(means, (mean) => {
      let cosine = 0;
      for (let i = 0; i < length; i++) cosine += (values[i] ?? 0) * (mean[indices[i] ?? 0] ?? 0);
      return cosine;
    });
  });
}
