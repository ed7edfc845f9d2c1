// Labelled texts of banking77 and clinc150 with their folds: 0-6 give examples, 7-9 are for reporting alone.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { seededRandom } from '../../src/base/index.ts';
import type { OwnTopic } from '../../src/workload/index.ts';

export interface IntentText {
  readonly text: string;
  /** "oos" is of none. */
  readonly intent: string;
  readonly fold: number;
}

export function loadIntents(data: string, set: 'banking77' | 'clinc150'): readonly IntentText[] {
  const lines = gunzipSync(readFileSync(join(data, `${set}.jsonl.gz`)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const { text, intent }: { readonly text: string; readonly intent: string } = JSON.parse(line);
    return { text, intent, fold: foldOf(text) };
  });
}

/** sha1(text) mod 10, as in the data's README. */
function foldOf(text: string): number {
  return Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 10n);
}

export function intentsOf(rows: readonly IntentText[]): readonly string[] {
  return [...new Set(rows.map(({ intent }) => intent))].filter((intent) => intent !== 'oos').toSorted();
}

/** `count` different ones, drawn with the seed. */
export function drawn<T>(values: readonly T[], count: number, seed: number): readonly T[] {
  const random = seededRandom(seed);
  const keyed = values.map((value) => ({ value, key: random() }));
  return keyed
    .toSorted((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ value }) => value);
}

/** A topic an intent, with `examples` drawn from folds 0-6. */
export function topicsOf(
  rows: readonly IntentText[],
  intents: readonly string[],
  examples: number,
  seed: number,
): readonly OwnTopic[] {
  return intents.map((name, i) => {
    const own = new Set(rows.filter((row) => row.intent === name && row.fold < 7).map(({ text }) => text));
    return { name, examples: drawn([...own], examples, seed * 1_000 + i), not: [], threshold: 0.5 };
  });
}

/** Of folds 7-9; where there are more than `most`, that many of them, always the same. */
export function testRows(rows: readonly IntentText[], most = Infinity): readonly IntentText[] {
  return drawn(
    rows.filter(({ fold }) => fold >= 7),
    most,
    77,
  );
}
