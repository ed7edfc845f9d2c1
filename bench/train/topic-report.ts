// Measures a topic classifier on the test folds, on texts of no topic and on chat prompts of our own.
import type { Embedder } from '../../src/embedding/index.ts';
import { TOPICS, type TopicClassifier, type TopicPosterior } from '../../src/workload/topic.ts';
import { auroc, calibrationError } from './calibration.ts';
import { CHAT_PROMPTS } from './topic-chat.ts';
import { type DataSet, type LabelledText, type OutOfScope, stripBoilerplate } from './topic-data.ts';

const UNKNOWN = TOPICS.length;

interface SetReport {
  readonly rows: number;
  /** Argmax among the 14 topics, whatever p(unknown). */
  readonly accuracy: number;
  /** The same on the prompts without options and instructions. */
  readonly accuracyStripped: number;
  /** Calibration error of the argmax among the topics, probabilities renormalised without unknown. */
  readonly eceKnown: number;
  /** Share of rows whose topic comes out as unknown. */
  readonly unknownShare: number;
}

export interface TopicReport {
  readonly sets: Readonly<Record<DataSet, SetReport>>;
  /** All test rows of mmlu_pro and llmrouter14 together. */
  readonly eceKnown: number;
  /** The same rows and the clinc150 test utterances (label unknown), argmax of all 15. */
  readonly eceAll: number;
  readonly accuracyAll: number;
  readonly outOfScope: { readonly clinc150: OutsideReport; readonly banking77: OutsideReport };
  readonly recall: Readonly<
    Record<string, { readonly rows: number; readonly recall: number; readonly precision: number }>
  >;
  readonly chat: {
    readonly prompts: number;
    readonly right: number;
    readonly rightAmongTopics: number;
    readonly misses: string[];
  };
}

interface OutsideReport {
  readonly rows: number;
  /** p(unknown) against the test rows of mmlu_pro and llmrouter14. */
  readonly auroc: number;
  /** The same against arena_hard_v2's test rows: real chat prompts of the known topics. */
  readonly aurocAgainstChat: number;
  readonly unknownShare: number;
}

export function report(
  embedder: Embedder,
  classifier: TopicClassifier,
  test: readonly LabelledText[],
  outside: OutOfScope,
): TopicReport {
  const posterior = (text: string): TopicPosterior => classifier.classifyText(text);
  const rows = test.map((row) => ({ ...row, posterior: posterior(row.text), known: known(posterior(row.text)) }));
  const setReport = (set: DataSet): SetReport => {
    const own = rows.filter((row) => row.set === set);
    const stripped = own.map((row) => known(posterior(stripBoilerplate(row.text) || row.text)).label === row.label);
    return {
      rows: own.length,
      accuracy: share(own, isRight),
      accuracyStripped: share(stripped, (right) => right),
      eceKnown: calibrationError(own.map(judgeKnown)),
      unknownShare: share(own, (row) => row.posterior.topic === 'unknown'),
    };
  };
  const judgeKnown = (row: (typeof rows)[number]): { confidence: number; correct: boolean } => ({
    confidence: row.known.confidence,
    correct: row.known.label === row.label,
  });
  const exam = rows.filter((row) => row.set !== 'arena_hard_v2');
  const clinc = outside.clincTest.map(posterior);
  const all = [
    ...exam.map((row) => ({
      confidence: row.posterior.confidence,
      correct: row.posterior.topic === TOPICS[row.label],
    })),
    ...clinc.map(({ topic, confidence }) => ({ confidence, correct: topic === 'unknown' })),
  ];
  const outsideReport = (posteriors: readonly TopicPosterior[]): OutsideReport => {
    const scores = posteriors.map(unknownOf);
    const against = (inside: typeof rows): number =>
      auroc(
        scores,
        inside.map((row) => unknownOf(row.posterior)),
      );
    return {
      rows: posteriors.length,
      auroc: against(exam),
      aurocAgainstChat: against(rows.filter((row) => row.set === 'arena_hard_v2')),
      unknownShare: share(posteriors, ({ topic }) => topic === 'unknown'),
    };
  };
  const chat = CHAT_PROMPTS.map(([topic, text]) => ({ topic, text, got: posterior(text) }));
  return {
    sets: {
      mmlu_pro: setReport('mmlu_pro'),
      llmrouter14: setReport('llmrouter14'),
      arena_hard_v2: setReport('arena_hard_v2'),
    },
    eceKnown: calibrationError(exam.map(judgeKnown)),
    eceAll: calibrationError(all),
    accuracyAll: share(all, ({ correct }) => correct),
    outOfScope: { clinc150: outsideReport(clinc), banking77: outsideReport(outside.bankingTest.map(posterior)) },
    recall: Object.fromEntries(
      TOPICS.map((topic, label) => {
        const own = exam.filter((row) => row.label === label);
        const called = exam.filter((row) => row.known.label === label);
        return [topic, { rows: own.length, recall: share(own, isRight), precision: share(called, isRight) }];
      }),
    ),
    chat: {
      prompts: chat.length,
      right: chat.filter(({ topic, got }) => got.topic === topic).length,
      rightAmongTopics: chat.filter(({ topic, got }) => TOPICS[known(got).label] === topic).length,
      misses: chat
        .filter(({ topic, got }) => got.topic !== topic)
        .map(({ topic, text, got }) => `${topic} -> ${got.topic}: ${text}`),
    },
  };
}

/** The best topic but unknown, and its probability given that the text is of a known topic. */
export function known({ probabilities }: TopicPosterior): { label: number; confidence: number } {
  let label = 0;
  let sum = 0;
  for (let k = 0; k < UNKNOWN; k++) {
    sum += probabilities[k] ?? 0;
    if ((probabilities[k] ?? 0) > (probabilities[label] ?? 0)) label = k;
  }
  return { label, confidence: sum > 0 ? (probabilities[label] ?? 0) / sum : 0 };
}

function isRight(row: { readonly known: { readonly label: number }; readonly label: number }): boolean {
  return row.known.label === row.label;
}

function unknownOf({ probabilities }: TopicPosterior): number {
  return probabilities[UNKNOWN] ?? 1;
}

function share<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  return rows.length === 0 ? 0 : rows.filter(holds).length / rows.length;
}
