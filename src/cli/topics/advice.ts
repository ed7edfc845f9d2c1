// What would make a topic better: missed texts that stand for many, counter-examples, examples that draw in what is not meant.
import type { OwnTopic, TopicWorkbench } from '../../workload/index.ts';
import { evaluate } from './evaluate.ts';
import type { Labelled } from './labelled.ts';

export interface TopicAdvice {
  readonly name: string;
  /** Missed texts: far from the examples, near other missed ones; the most useful first. */
  readonly add: readonly string[];
  /** Texts that were wrongly taken in and are like others that were, as counter-examples. */
  readonly addNot: readonly string[];
  /** Examples that are the nearest one to more wrong than right texts. */
  readonly doubtful: readonly { readonly example: string; readonly wrong: number; readonly right: number }[];
}

const MOST = 3;
/** What one more text is worth to those that it would come nearer to, in cosines; less is not worth a line in the policy. */
const LEAST_WORTH = 0.3;
/** Texts that are compared with each other, at most: their number is squared. */
const MOST_COMPARED = 400;

export async function advise(
  topics: readonly OwnTopic[],
  rows: readonly Labelled[],
  scores: readonly Float64Array[],
  bench: TopicWorkbench,
): Promise<readonly TopicAdvice[]> {
  const advice: TopicAdvice[] = [];
  for (const [t, { name, examples, not }] of topics.entries()) {
    const texts = (wanted: (isOf: boolean, found: boolean) => boolean): string[] =>
      rows.flatMap(({ text, topic }, i) => (wanted(topic === t, (scores[i]?.[t] ?? 0) >= 0.5) ? [text] : []));
    const missed = texts((isOf, found) => isOf && !found);
    const wrong = texts((isOf, found) => !isOf && found);
    const right = texts((isOf, found) => isOf && found);
    advice.push({
      name,
      add: await choose(missed, examples, bench),
      addNot: await choose(wrong, not, bench),
      doubtful: await doubtfulOf(examples, wrong, right, bench),
    });
  }
  return advice;
}

/** Greedy facility location: each choice brings the texts nearest to what is there or was chosen before. */
async function choose(given: readonly string[], there: readonly string[], bench: TopicWorkbench): Promise<string[]> {
  const texts = [...new Set(given)].slice(0, MOST_COMPARED);
  if (texts.length === 0) return [];
  const between = await bench.cosines(texts, texts);
  const near = (await bench.cosines(texts, there)).map((row) => Math.max(0, ...row));
  const chosen: string[] = [];
  while (chosen.length < MOST) {
    let [best, most] = [-1, LEAST_WORTH];
    for (const [i, row] of between.entries()) {
      const worth = row.reduce((total, cosine, j) => total + Math.max(0, cosine - (near[j] ?? 0)), 0);
      if (worth > most) [best, most] = [i, worth];
    }
    const text = texts[best];
    if (text === undefined) break;
    chosen.push(text);
    for (const [j, cosine] of (between[best] ?? []).entries()) near[j] = Math.max(near[j] ?? 0, cosine);
  }
  return chosen;
}

/** F1 of a topic on the texts that were not proposed for any, without and with all proposals. */
export interface Effect {
  readonly before: number;
  readonly after: number;
}

/** By topic; none where nothing is proposed. `proposed` is by topic too, and goes to its examples or its counter-examples. */
export async function measureEffect(
  topics: readonly OwnTopic[],
  rows: readonly Labelled[],
  scores: readonly Float64Array[],
  list: 'examples' | 'not',
  proposed: readonly (readonly string[])[],
  bench: TopicWorkbench,
): Promise<readonly Effect[]> {
  const left = new Set(proposed.flat());
  if (left.size === 0) return [];
  const kept = rows.flatMap((row, i) => (left.has(row.text) ? [] : [{ row, scores: scores[i] ?? new Float64Array() }]));
  const others = kept.map(({ row }) => row);
  const richer = topics.map((topic, t) => ({ ...topic, [list]: [...topic[list], ...(proposed[t] ?? [])] }));
  const before = evaluate(
    topics,
    others,
    kept.map((one) => one.scores),
  ).topics;
  const texts = others.map(({ text }) => text);
  const after = evaluate(richer, others, await bench.score(richer, texts)).topics;
  return topics.map((_, t) => ({ before: before[t]?.f1 ?? 0, after: after[t]?.f1 ?? 0 }));
}

async function doubtfulOf(
  examples: readonly string[],
  wrong: readonly string[],
  right: readonly string[],
  bench: TopicWorkbench,
): Promise<TopicAdvice['doubtful']> {
  if (wrong.length === 0) return [];
  const counts = examples.map((example) => ({ example, wrong: 0, right: 0 }));
  for (const [key, texts] of [
    ['wrong', wrong],
    ['right', right],
  ] as const) {
    for (const row of await bench.cosines(texts, examples)) {
      const nearest = counts[row.indexOf(Math.max(...row))];
      if (nearest !== undefined) nearest[key]++;
    }
  }
  return counts
    .filter((count) => count.wrong > 1 && count.wrong > count.right)
    .toSorted((a, b) => b.wrong - b.right - (a.wrong - a.right))
    .slice(0, MOST);
}
