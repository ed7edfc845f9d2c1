// The client of embedding servers against the simulated one, which behaves like vLLM.
import { expect, it, onTestFinished } from 'vitest';
import { createHttpEmbedder, type Embedding } from '../src/embedding/index.ts';
import { ENGINE_PROFILES, startSimServer } from '../src/sim/index.ts';

async function server() {
  const [profile] = Object.values(ENGINE_PROFILES);
  if (profile === undefined) throw new Error('no engine profile');
  const sim = await startSimServer({ model: 'sim-embed', profile, seed: 1, timeScale: 0 });
  onTestFinished(() => sim.close());
  return sim;
}

const ofVector = (embedding: Embedding): readonly number[] => {
  if (embedding.kind === 'absent') throw new Error(embedding.why);
  return [...embedding.vector];
};

it.each([undefined, 64])('gets unit vectors of the width that it asks for: %s', async (dimensions) => {
  const { url } = await server();
  const embedder = await createHttpEmbedder({ url, model: 'sim-embed', dimensions, deadlineMs: 20_000 });
  onTestFinished(() => embedder.close());
  expect(embedder.dimensions).toBe(dimensions ?? 1_024);
  const vector = ofVector(await embedder.embed('What is a derivative?'));
  expect(vector).toHaveLength(embedder.dimensions);
  expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 4);
  expect(ofVector(await embedder.embed('What is an integral?'))).not.toEqual(vector);
});

it('says what is wrong with a model that the server does not have', async () => {
  const { url } = await server();
  await expect(createHttpEmbedder({ url, model: 'other', deadlineMs: 20_000 })).rejects.toThrow('it answered with 404');
});
