// Topics of one's own from five examples each, on banking77's test folds, beside chance and the nearest mean of plain features.
import { join } from 'node:path';
import { loadWordpieceTable } from '../../src/embedding/index.ts';
import { loadIntents, testRows } from '../topics/data.ts';
import { classify, openEncoder, scorersOf } from '../topics/measure.ts';
import type { PartOptions, PartResult } from './types.ts';

const EXAMPLES = 5;
const DRAWS = 3;
/** An encoder takes milliseconds for each. */
const TEXTS = 1_500;

export async function measureTopics({ data, encoder: folder, say }: PartOptions): Promise<PartResult> {
  say('topics');
  const banking = loadIntents(join(data, 'prompts'), 'banking77');
  const test = testRows(banking, TEXTS);
  const encoder = await openEncoder(folder);
  try {
    const scorers = scorersOf(loadWordpieceTable(), encoder, folder);
    const rows = await classify(scorers, banking, test, { draws: DRAWS, counts: [EXAMPLES] });
    const mean = (scorer: string): number => rows.find((row) => row.scorer === scorer)?.mean ?? Number.NaN;
    return {
      tables: [
        {
          title: `banking77, 77 topics of one's own by ${EXAMPLES} examples: accuracy on ${test.length} texts of folds 7-9, mean and deviation of ${DRAWS} draws of examples`,
          rows,
        },
      ],
      figures: {
        'banking77, 5 examples, static': mean('static'),
        ...(encoder !== undefined && { 'banking77, 5 examples, encoder': rows.at(-1)?.mean ?? Number.NaN }),
      },
      facts: { encoder: encoder?.fingerprint },
    };
  } finally {
    await encoder?.close();
  }
}
