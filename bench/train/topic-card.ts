// The model card of the topic classifier, written from what one training run measured.
import { DATA_SETS, type DataSet, LABELS } from './topic-data.ts';
import type { TopicReport } from './topic-report.ts';
import {
  ARENA_WEIGHT,
  CLASS_WEIGHT_EXPONENT,
  type HeldBack,
  SEED_WEIGHT,
  SETTINGS,
  TRAIN_FOLDS,
} from './topic-training.ts';

export interface CardFacts {
  readonly report: TopicReport;
  readonly fingerprint: string;
  readonly embedder: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly seed: number;
  readonly seedPhrases: number;
  readonly trainRows: number;
  readonly heldBack: HeldBack;
  readonly temperature: number;
  /** Accuracy of the weights before int8, same rows as `report.sets`. */
  readonly accuracyFloat: Readonly<Record<DataSet, number>>;
}

export function writeCard(facts: CardFacts): string {
  const { report } = facts;
  const sets = DATA_SETS.map((set) => ({ set, ...report.sets[set], accuracyFloat: facts.accuracyFloat[set] })).map(
    ({ set, ...s }) =>
      `| ${set} | ${s.rows} | ${three(s.accuracy)} | ${three(s.accuracyFloat)} | ${three(s.accuracyStripped)} | ${three(s.eceKnown)} | ${percent(s.unknownShare)} |`,
  );
  const outside = Object.entries(report.outOfScope).map(
    ([set, s]) =>
      `| ${set} | ${s.rows} | ${three(s.auroc)} | ${three(s.aurocAgainstChat)} | ${percent(s.unknownShare)} |`,
  );
  const classes = Object.entries(report.recall).map(
    ([topic, r]) => `| ${topic} | ${r.rows} | ${three(r.recall)} | ${three(r.precision)} |`,
  );
  const labels = Object.entries(LABELS).map(
    ([set, map]) =>
      `* ${set}: ${Object.entries(map)
        .map(([category, topic]) => (category === topic ? topic : `${category} -> ${topic}`))
        .join(', ')}.`,
  );
  return `# Topic classifier: model card

Written by \`npx tsx bench/train/topics.ts\` (seed ${facts.seed}); do not edit by hand.

| | |
|---|---|
| file | \`topics.bin\`, ${facts.bytes} bytes |
| sha256 | \`${facts.sha256}\` |
| fingerprint | \`${facts.fingerprint}\` |
| embedder | \`${facts.embedder}\` |
| model | multinomial logistic regression, 14 topics and one column for texts of none, int8 weights with one scale a column, temperature ${three(facts.temperature)} |
| unknown | logistic regression of the topics' energy, the outside column's logit and log2 of the number of features |

## Data

Folds ${TRAIN_FOLDS[0]}-${TRAIN_FOLDS.at(-1)} train (${facts.trainRows} rows), folds 7-9 are for the numbers below alone; a fold is sha1(prompt) mod 10.
Every row is used as it is and, if it has any, once more without answer options and format instructions.

| source | licence | used for |
|---|---|---|
| MMLU-Pro (TIGER-AI-Lab) | MIT (data), Apache-2.0 (repository) | topics |
| LLMRouter's 14 tasks (ulab-uiuc) | MIT (repository) | topics |
| Arena-Hard v2 (lmarena) | Apache-2.0 (repository) | topics: coding, math, creative writing as people ask for them; weight ${ARENA_WEIGHT} |
| ${facts.seedPhrases} seed phrases, written for this project | Apache-2.0, as the project | topics; weight ${SEED_WEIGHT} |
| CLINC150 (train split, without the intent \`calculator\`) | CC-BY-3.0 | unknown: the outside column and its four parameters |
| Banking77 (train split) | CC-BY-4.0 | unknown: the outside column and its four parameters |

Labels (a category that is not named is left out: \`other\` of MMLU-Pro, \`mmlu\` of LLMRouter):

${labels.join('\n')}

Rows weigh (mean class size / class size)^${CLASS_WEIGHT_EXPONENT}; AdaGrad, ${SETTINGS.epochs} epochs, rate ${SETTINGS.learningRate}, decay ${SETTINGS.decay} an epoch. Settings,
temperature and unknown were fitted on folds 4-6, each held back in turn (${facts.heldBack.rows} rows, accuracy ${three(facts.heldBack.accuracy)}, log loss
${three(facts.heldBack.logLoss)} after temperature; chat rows, that is held-back seeds and Arena-Hard prompts: accuracy
${three(facts.heldBack.accuracyChat)}, AUROC of unknown ${three(facts.heldBack.aurocChat)}).

## Test folds

| set | rows | accuracy | before int8 | without options | ECE | called unknown |
|---|---|---|---|---|---|---|
${sets.join('\n')}

Accuracy and ECE (15 bins) are of the argmax among the 14 topics. ECE of mmlu_pro and llmrouter14 together: ${three(report.eceKnown)}. With the
CLINC150 test utterances added as rows of the label unknown, argmax of all 15: accuracy ${three(report.accuracyAll)}, ECE ${three(report.eceAll)}.

| out of scope, test split | rows | AUROC against exam rows | AUROC against arena_hard_v2 rows | called unknown |
|---|---|---|---|---|
${outside.join('\n')}

| topic | test rows | recall | precision |
|---|---|---|---|
${classes.join('\n')}

(mmlu_pro and llmrouter14.) Of ${report.chat.prompts} ordinary chat prompts of our own, looked at while the recipe was chosen, ${report.chat.right} get the
expected topic, ${report.chat.rightAmongTopics} if unknown is not allowed.

## Limits

* The numbers are in-distribution: same benchmarks, other questions. All but the seeds and Arena-Hard are exam
  questions and tasks: expect the accuracy of the chat rows above from ordinary chat, not that of the benchmarks.
* Narrow topics: writing is CommonGen word lists, Arena-Hard's creative prompts and seeds; logic is logic grids of houses and seeds;
  commonsense is CommonsenseQA alone. Their recall above is of those forms.
* The temperature is fitted on benchmark prompts: on chat prompts the confidence is too high (see the ECE of arena_hard_v2).
* "Unknown" was fitted with commands to assistants and banks (whose test splits the AUROC is of); another kind of foreign text,
  such as another language, may come out as a topic of low confidence instead.
* English. Other languages and scripts are hashed like any text, but nothing was trained on them.
`;
}

function three(value: number): string {
  return value.toFixed(3);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
