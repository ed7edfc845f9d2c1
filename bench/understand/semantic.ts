// Routing quality of the strategy `semantic` on the test folds beside the best fixed model, the cheapest, random and the oracle.
import { loadClassifier } from '../../src/workload/index.ts';
import { measureSets } from '../semantic/sets.ts';
import { four, type PartOptions, type PartResult } from './types.ts';

export function measureSemantic({ data, seed, say }: PartOptions): PartResult {
  say('semantic');
  const results = measureSets(data, loadClassifier(), seed);
  const rows = results.flatMap(({ name, rows: prompts, ways, qualityGain }) =>
    ways.map((way) => ({
      set: name,
      prompts,
      way: way.name,
      quality: four(way.quality),
      ...(way.aiq !== undefined && { aiq: four(way.aiq) }),
      ...(way.name === 'semantic' && { lead: four(qualityGain.value), standardError: four(qualityGain.se) }),
    })),
  );
  const figures = Object.fromEntries(
    results.map(({ name, ways }) => [name, four(ways.find((way) => way.name === 'semantic')?.quality ?? Number.NaN)]),
  );
  const title =
    'Routing by topic and prior tables at costWeight 0, folds 7-9 (AIQ: over a sweep of it; lead: over the best fixed model)';
  return { tables: [{ title, rows }], figures };
}
