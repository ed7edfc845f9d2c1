// The model card of the topic classifier, written from what one training run measured.
import { DATA_SETS, type DataSet, LABELS } from './topic-data.ts';
import type { DemoReport } from './topic-demo.ts';
import type { TopicReport } from './topic-report.ts';
import {
  ARENA_WEIGHT,
  CLASS_WEIGHT_EXPONENT,
  type HeldBack,
  SEED_WEIGHT,
  SETTINGS,
  TRAIN_FOLDS,
  TRIVIA_WEIGHT,
} from './topic-training.ts';

export interface CardFacts {
  readonly report: TopicReport;
  readonly fingerprint: string;
  readonly embedder: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly seed: number;
  readonly seedPrompts: number;
  readonly outsideSeeds: number;
  readonly trainRows: number;
  readonly heldBack: HeldBack;
  readonly temperature: number;
  /** Accuracy of the weights before int8, same rows as `report.sets`. */
  readonly accuracyFloat: Readonly<Record<DataSet, number>>;
  /** Missing if the run did not find the file. */
  readonly demo: DemoReport | undefined;
}

export function writeCard(facts: CardFacts): string {
  const { report, demo } = facts;
  const { seeds } = facts.heldBack;
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
| features | words, pairs of words, prefixes of 3, 4, 5 and suffixes of 3, 4 letters, each once, hashed into 2^16; of a long text the first 2,048 and the last 1,024 UTF-16 code units |
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
| ${facts.seedPrompts} seed prompts, written for this project in the styles of ordinary chat | Apache-2.0, as the project | topics; weight ${SEED_WEIGHT} |
| ${facts.outsideSeeds} commands to devices and bits of small talk, written for this project | Apache-2.0, as the project | unknown; weight ${SEED_WEIGHT} |
| CLINC150 (train split, without the intent \`calculator\`) | CC-BY-3.0 | unknown: the outside column and its four parameters |
| Banking77 (train split) | CC-BY-4.0 | unknown: the outside column and its four parameters |

Labels (a category that is not named is left out: \`other\` of MMLU-Pro, \`mmlu\` of LLMRouter):

${labels.join('\n')}

Rows weigh (mean class size / class size)^${CLASS_WEIGHT_EXPONENT}, those of trivia times ${TRIVIA_WEIGHT}; AdaGrad, ${SETTINGS.epochs} epochs, rate ${SETTINGS.learningRate}, decay ${SETTINGS.decay} an epoch. Settings,
temperature and unknown were fitted on folds 4-6, each held back in turn (${facts.heldBack.rows} rows, accuracy ${three(facts.heldBack.accuracy)}, log loss
${three(facts.heldBack.logLoss)} after temperature; AUROC of unknown against held-back seeds and Arena-Hard prompts ${three(facts.heldBack.aurocChat)}).

## Ordinary chat

| set | rows | accuracy | ECE | called unknown |
|---|---|---|---|---|
${[chatLine('held-back seeds', seeds), ...(demo === undefined ? [] : [chatLine('own demo prompts, never trained or tuned on', demo)])].join('\n')}

A third of the seeds is held back with each of folds 4-6, by hash, and judged by a model trained without it; the final
model is trained on all. The weights were chosen by this number, so it flatters a little; the same hand wrote the seeds of both sides.
${demo === undefined ? '' : `The demo prompts (\`src/sim/assets/demo-prompts.jsonl\`) took no part in any choice; with a seeds' weight of 7 and the temperature of exam rows alone, the run before gave .617 and an ECE of .061. Also a seed, word for word: ${demo.sameAsSeed}.\n`}
| topic | held-back seeds | recall |${demo === undefined ? '' : ' demo prompts | recall |'}
|---|---|---|${demo === undefined ? '' : '---|---|'}
${chatRecall(seeds.recall, demo?.recall)}

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

(mmlu_pro and llmrouter14.) Of ${report.chat.prompts} ordinary chat prompts of our own, known to whoever chose the recipe and wrote the seeds, ${report.chat.right} get the
expected topic, ${report.chat.rightAmongTopics} if unknown is not allowed.

## Limits

* The numbers of the test folds are in-distribution: same benchmarks, other questions. They were printed by
  several earlier runs; features, reading window and weights here were chosen on the held-back folds alone.
* From ordinary chat expect the accuracy of the demo prompts, which were written apart from the seeds, rather than that of the held-back
  seeds. Why the two differ was not looked into. Not quite blind: that an earlier model failed there on history, logic, engineering and
  health was known when the seeds were written. Where recall is low there, do not let a route depend on the topic alone.
* Few features carry over: a short prompt whose telling words are in no training text gets a topic by its phrasing alone.
* Narrow topics: writing is CommonGen word lists, Arena-Hard's creative prompts and seeds; logic is logic grids of houses and seeds;
  commonsense is CommonsenseQA and seeds. Their recall above is of those forms.
* The temperature is a compromise: fitted on held-back benchmark rows and chat rows (seeds and Arena-Hard) at equal weight, it leaves benchmark
  prompts a little too sure, and the demo prompts, which are harder than the seeds, more so (see their ECE).
* "Unknown" was fitted with commands to assistants and banks (whose test splits the AUROC is of); another kind of foreign text,
  such as another language, may come out as a topic of low confidence instead.
* English. Other languages and scripts are hashed like any text, but nothing was trained on them.
`;
}

function chatLine(name: string, set: Pick<DemoReport, 'rows' | 'accuracy' | 'eceKnown' | 'unknownShare'>): string {
  return `| ${name} | ${set.rows} | ${three(set.accuracy)} | ${three(set.eceKnown)} | ${percent(set.unknownShare)} |`;
}

function chatRecall(seeds: DemoReport['recall'], demo: DemoReport['recall'] | undefined): string {
  return Object.entries(seeds)
    .map(([topic, seed]) => {
      const row = demo?.[topic];
      const more = row === undefined ? '' : ` ${row.rows} | ${three(row.recall)} |`;
      return `| ${topic} | ${seed.rows} | ${three(seed.recall)} |${more}`;
    })
    .join('\n');
}

function three(value: number): string {
  return value.toFixed(3);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
