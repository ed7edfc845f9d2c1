// The model card of the classifier, written from what one training run measured.
import type { DemoReport } from './demo-report.ts';
import { DENSE_COLUMNS, DENSE_SCALE } from './examples.ts';
import {
  ARENA_WEIGHT,
  CLASS_WEIGHT_EXPONENT,
  DIFFICULTY_DECAY,
  MADE_WEIGHT,
  SEED_WEIGHT,
  SETTINGS,
} from './head-training.ts';
import type { HeadReport } from './report.ts';
import { MID_MODELS } from './sources.ts';

export interface CardFacts {
  readonly seed: number;
  readonly fingerprint: string;
  readonly embedder: string;
  readonly table: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly seedPrompts: number;
  readonly heldBack: Omit<HeadReport, 'reliability'>;
  readonly test: HeadReport;
  /** Missing if the run did not find the file. */
  readonly demo: DemoReport | undefined;
}

export function writeCard(facts: CardFacts): string {
  const { heldBack, test, demo } = facts;
  return `# Classifier: model card

Written by \`npm run train:classifier\` (seed ${facts.seed}); do not edit by hand.

| | |
|---|---|
| file | \`classifier.bin\`, ${facts.bytes} bytes |
| sha256 | \`${facts.sha256}\` |
| fingerprint | \`${facts.fingerprint}\` |
| features | \`${facts.embedder}\`: words, pairs of words, prefixes of 3 and 5 letters, each once, hashed into 2^16, of which two share a row of weights; of a long text the first and the last 512 UTF-16 code units |
| beside them | \`${facts.table}\`: the first ${DENSE_COLUMNS} columns of the wordpiece table's vector, of length 1, times ${DENSE_SCALE} |
| heads | topic (22, and one for none), task (12, and one for none), difficulty, facts asked for, feedback (5): multinomial and binary logistic regressions, int8 with one scale a column |
| calibration | temperatures that go with the number of features (topic, task, feedback), sigmoids (difficulty, facts); p(unknown) of a topic: logistic regression of the topics' energy, the outside column's logit and the length |

## Data

Folds 0-6 train, folds 7-9 are for the section "Test folds" alone; a fold is sha1(prompt) mod 10. Sets with splits of their own keep them. Every choice and every
temperature was made on folds 4-6, each held back in turn together with a third of the seeds.

| source | licence | used for |
|---|---|---|
| MMLU-Pro (TIGER-AI-Lab) | MIT (data), Apache-2.0 (repository) | topic, task, facts, difficulty |
| LLMRouter's 14 tasks (ulab-uiuc) | MIT (repository) | topic, task, facts, difficulty |
| ZeroEval (WildEval): GSM8K, MATH level 5, CRUX | Apache-2.0 (repository) | topic, task, facts, difficulty |
| Arena-Hard v2 (lmarena) | Apache-2.0 (repository) | topic, task: coding, math, creative writing as people ask for them; weight ${ARENA_WEIGHT} |
| CLINC150 (train split) | CC-BY-3.0 | small talk, things to do with tools, translation; the rest is of no topic |
| Banking77 (train split) | CC-BY-4.0 | of no topic |
| ${facts.seedPrompts} seed prompts and seed turns, written for this project | Apache-2.0, as the project | every head but difficulty; weight ${SEED_WEIGHT}; feedback but for two intents of CLINC150 from nothing else |
| instructions among the seeds with a text of the above before or behind them | as above | task; weight ${MADE_WEIGHT} |

Classes that no data set carries (extraction, classification, rewriting, summarising, advice; the feedbacks) are taught by 33-50 seeds each: take them as a
beginning. Seeds and rows with more than one possible label (an exam question may ask for an answer or for reasoning) teach that one of them holds. Rows weigh
(mean class size / class size)^${CLASS_WEIGHT_EXPONENT}; AdaGrad, ${SETTINGS.epochs} epochs, rate ${SETTINGS.learningRate}, decay ${SETTINGS.decay} an epoch (difficulty: ${DIFFICULTY_DECAY}).

Difficulty is the share of mid-sized models that fail: ${Object.entries(MID_MODELS)
    .map(([set, models]) => `${set}: ${(models ?? []).join(', ')}`)
    .join('; ')}.

## Ordinary chat

| set | rows | accuracy of 14 groups | ECE | called unknown |
|---|---|---|---|---|
| held-back seeds | ${heldBack.topic['seeds']?.rows} | ${three(heldBack.topic['seeds']?.groupAccuracy)} | ${three(heldBack.topic['seeds']?.ece)} | ${percent(heldBack.topic['seeds']?.unknownShare)} |
${demo === undefined ? '' : `| own demo prompts, never trained or tuned on | ${demo.rows} | ${three(demo.accuracy)} | ${three(demo.eceKnown)} | ${percent(demo.unknownShare)} |\n`}
Expect the demo prompts' accuracy of real chat: the same hand wrote the seeds of both sides. ${demo === undefined ? '' : `Their recall: ${recalls(demo.recall)}. Also a seed, word for word: ${demo.sameAsSeed}.`}

${sections('Held-back folds (4-6)', heldBack)}

${sections('Test folds', test)}

## Limits

* The numbers of benchmarks are in-distribution: same benchmarks, other questions. A short prompt whose telling words are in no training text gets a topic by
  its phrasing alone.
* Difficulty ranks exam questions, grade-school sums and short programs against each other; within one benchmark it knows little (see the rank correlations), and of
  ordinary chat it was never measured. Do not let a route depend on it alone.
* "Unknown" was learnt from commands to assistants and questions to a bank; another kind of foreign text, such as another language, may come out as a topic of low
  confidence instead.
* Feedback was learnt from short English turns of our own. Half of what is wrong or wanted otherwise is missed where the words are new.
* English. Other languages and scripts are hashed like any text, but next to nothing was trained on them.
`;
}

function sections(title: string, report: Omit<HeadReport, 'reliability'>): string {
  const { topic, topicRecall, outside, topicAll, task, taskRecall, feedback, feedbackRecall, facts, difficulty } =
    report;
  return `## ${title}

| topic, by set | rows | accuracy | of 14 groups | ECE | called unknown | most frequent class |
|---|---|---|---|---|---|---|
${lines(topic, (s) => [s.rows, three(s.accuracy), three(s.groupAccuracy), three(s.ece), percent(s.unknownShare), three(s.majority)])}

Of rows that have a topic, argmax among the topics. With texts of no topic, "unknown" being an answer: ${topicAll.rows} rows, accuracy ${three(topicAll.accuracy)}, ECE ${three(topicAll.ece)}.
p(unknown) of texts of no topic against those that have one: ${Object.entries(outside)
    .map(([name, value]) => `${name} ${three(value)}`)
    .join(', ')}${outside['clinc150 against all'] === undefined ? '' : ' (AUROC, and shares)'}.

| topic | rows | recall | precision |
|---|---|---|---|
${lines(topicRecall, (s) => [s.rows, three(s.recall), three(s.precision)])}

| task, by set | rows | accuracy | ECE | most frequent class |
|---|---|---|---|---|
${lines(task, (s) => [s.rows, three(s.accuracy), three(s.ece), three(s.majority)])}

Recall of tasks: ${recalls(taskRecall)}.

| feedback, by set | rows | accuracy | ECE | most frequent class |
|---|---|---|---|---|
${lines(feedback, (s) => [s.rows, three(s.accuracy), three(s.ece), three(s.majority)])}

Recall of feedbacks: ${recalls(feedbackRecall)}.

| facts asked for, by set | rows | accuracy | AUROC | ECE |
|---|---|---|---|---|
${lines(facts, (s) => [s.rows, three(s.accuracy), three(s.auroc), three(s.ece)])}

| difficulty, by set | rows | AUROC (more than half fail) | rank correlation | ECE |
|---|---|---|---|---|
${lines(difficulty, (s) => [s.rows, three(s.auroc), three(s.rank), three(s.ece)])}`;
}

function lines<T>(scores: Readonly<Record<string, T>>, cells: (score: T) => readonly (string | number)[]): string {
  return Object.entries(scores)
    .map(([name, score]) => `| ${[name, ...cells(score)].join(' | ')} |`)
    .join('\n');
}

function recalls(scores: Readonly<Record<string, { readonly rows: number; readonly recall: number }>>): string {
  return Object.entries(scores)
    .filter(([, { rows }]) => rows > 0)
    .map(([name, { rows, recall }]) => `${name} ${three(recall)} (${rows})`)
    .join(', ');
}

function three(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(3);
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${(100 * value).toFixed(1)} %`;
}
