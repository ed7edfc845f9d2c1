// The static matcher on real intents, five examples each: not worse than it was (folds 0-6 alone; the bench reports the others).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadWordpieceTable } from '../../embedding/index.ts';
import { createStaticTopicMatcher } from './prepare.ts';

const REAL = join(import.meta.dirname, '../../../../shared/data/prompts/banking77.jsonl.gz');

const present = existsSync(REAL);
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!present) console.log('skipped: the data set banking77 is not here');

describe.skipIf(!present)('banking77', () => {
  it('puts two thirds of the texts with their topic of 77', () => {
    const rows = gunzipSync(readFileSync(REAL))
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line): { text: string; intent: string; fold: number } => {
        const { text, intent } = JSON.parse(line) as { text: string; intent: string };
        return { text, intent, fold: Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 10n) };
      });
    const topics = [...new Set(rows.map(({ intent }) => intent))].map((name) => ({
      name,
      examples: rows
        .filter((row) => row.intent === name && row.fold < 5)
        .slice(0, 5)
        .map(({ text }) => text),
      not: [],
      threshold: 0.5,
    }));
    const matcher = createStaticTopicMatcher(topics, loadWordpieceTable());
    const held = rows.filter(({ fold }) => fold === 5);
    const right = held.filter(({ text, intent }) => {
      const scores = matcher.score(text);
      return matcher.names[scores.indexOf(Math.max(...scores))] === intent;
    });
    expect(held.length).toBeGreaterThan(1_000);
    expect(right.length / held.length).toBeGreaterThan(0.62);
  });
});
