// How sluice topics shows an evaluation to a person.
import Table from 'cli-table3';
import type { Effect, TopicAdvice } from './advice.ts';
import type { Evaluation, TopicFigures } from './evaluate.ts';

export interface Report extends Evaluation {
  /** What scored: the built-in features, or an encoder's folder. */
  readonly scoredBy: string;
  readonly advice: readonly TopicAdvice[];
  /** What each topic's proposals do for it: what does harm is not printed. */
  readonly effects: { readonly add: readonly Effect[]; readonly addNot: readonly Effect[] };
}

export function printed(report: Report): string {
  const { topics, confusions, advice, effects } = report;
  const lines = [
    `${report.texts} texts, scored by ${report.scoredBy}; ${percent(report.accuracy)} of them put with their label (a topic or none)`,
    figuresTable(topics),
    ...section(
      'Taken for something else',
      confusions.map(
        ({ label, taken, count, texts }) =>
          `${label ?? '(none)'} -> ${taken ?? '(none)'}: ${count}, e.g. ${texts.map(quoted).join(', ')}`,
      ),
    ),
    ...section(
      'Worth adding to the examples (missed, and near to others that were)',
      advice.flatMap(({ name, add }, t) => proposal(name, add, effects.add[t])),
    ),
    ...section(
      'Worth adding to `not` (taken in, and of another topic or none)',
      advice.flatMap(({ name, addNot }, t) => proposal(name, addNot, effects.addNot[t])),
    ),
    ...section(
      'Examples that draw in more wrong texts than right ones',
      advice.flatMap(({ name, doubtful }) =>
        doubtful.map(({ example, wrong, right }) => `${name}: ${quoted(example)} (${wrong} wrong, ${right} right)`),
      ),
    ),
    ...section(
      'Thresholds that do better on these texts',
      topics.flatMap(({ name, threshold, f1, better }) =>
        better === undefined
          ? []
          : [
              `${name}: threshold: ${better.threshold} instead of ${threshold} (F1 ${share(f1)} -> ${share(better.f1)})`,
            ],
      ),
    ),
  ];
  return lines.join('\n');
}

function figuresTable(topics: readonly TopicFigures[]): string {
  const table = new Table({
    head: ['topic', 'texts', 'found', 'precision', 'recall', 'F1', 'threshold'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { name, labelled, found, precision, recall, f1, threshold } of topics)
    table.push([name, labelled, found, share(precision), share(recall), share(f1), threshold]);
  return table.toString();
}

function proposal(name: string, texts: readonly string[], effect: Effect | undefined): string[] {
  if (texts.length === 0 || effect === undefined || effect.after < effect.before) return [];
  const gain = `F1 on the other texts ${share(effect.before)} -> ${share(effect.after)}`;
  return [`${name}: ${texts.map(quoted).join(', ')} (${gain})`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** One line, cut where it is long. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 100 ? `${line.slice(0, 99)}…` : line);
}

export function share(value: number): string {
  return value.toFixed(2);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
