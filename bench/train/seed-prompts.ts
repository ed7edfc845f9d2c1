// The seed prompts with what each head is to say of them: own writing, under the project's licence.
import { ADVISING } from './seeds/advising.ts';
import { BIOLOGY } from './seeds/biology.ts';
import { BUSINESS } from './seeds/business.ts';
import { CHEMISTRY } from './seeds/chemistry.ts';
import { CLASSIFYING } from './seeds/classifying.ts';
import { CODE } from './seeds/code.ts';
import { COMMONSENSE } from './seeds/commonsense.ts';
import { COMPUTER_SCIENCE } from './seeds/computer-science.ts';
import { CONVERSATION } from './seeds/conversation.ts';
import { DIFFERENT } from './seeds/different.ts';
import { EARTH } from './seeds/earth.ts';
import { ECONOMICS } from './seeds/economics.ts';
import { ENGINEERING } from './seeds/engineering.ts';
import { EXTRACTION } from './seeds/extraction.ts';
import { FOLLOW_UPS } from './seeds/follow-ups.ts';
import { HEALTH } from './seeds/health.ts';
import { HISTORY } from './seeds/history.ts';
import { LAW } from './seeds/law.ts';
import { LOGIC } from './seeds/logic.ts';
import { MATH } from './seeds/math.ts';
import { OUTSIDE_SEEDS } from './seeds/outside.ts';
import { PHILOSOPHY } from './seeds/philosophy.ts';
import { PHYSICS } from './seeds/physics.ts';
import { PSYCHOLOGY } from './seeds/psychology.ts';
import { REWRITING } from './seeds/rewriting.ts';
import { SATISFIED } from './seeds/satisfied.ts';
import { SUMMARISING } from './seeds/summarising.ts';
import { TOOL_USE } from './seeds/tool-use.ts';
import { TRANSLATION } from './seeds/translation.ts';
import { TRIVIA } from './seeds/trivia.ts';
import { UNCLEAR } from './seeds/unclear.ts';
import { WRITING } from './seeds/writing.ts';
import { WRONG } from './seeds/wrong.ts';
import type { Feedback, Task } from '../../src/workload/heads.ts';
import type { Topic } from '../../src/workload/topics.ts';
import type { OneOf } from './labels.ts';
import { heldBackFold } from './sources.ts';

export interface Seed {
  readonly text: string;
  readonly fold: number;
  readonly topic?: OneOf<Topic>;
  readonly task?: OneOf<Task>;
  readonly facts?: boolean;
  readonly feedback?: Feedback;
  /** The instruction stands without the text that it is about: it is also shown with one. */
  readonly wantsText?: boolean;
}

type Labels = Omit<Seed, 'text' | 'fold'>;

const IMPERATIVE =
  /^(?:please |can u |can you )?(?:write|fix|create|implement|refactor|convert|make|give me|optimi[sz]e|generate|debug|translate|set up|add|change)\b/iu;
const REWRITES =
  /rewrite|proofread|make this|less angry|shorter|rephrase|paraphrase|^edit |improve the flow|convert this rambling|change this passage|shorten|nicer way|^expand this/iu;
const SUMMARISES = /summar/iu;

const NONE = { feedback: 'none' } as const;

export const SEEDS: readonly Seed[] = [
  ...of(CODE, (text) => ({ ...NONE, topic: 'code', task: IMPERATIVE.test(text) ? 'code' : ['code', 'answer'] })),
  ...of(COMPUTER_SCIENCE, () => ({ ...NONE, topic: 'computer_science', task: ['answer', 'reason'] })),
  ...of(MATH, () => ({ ...NONE, topic: 'math', task: ['reason', 'answer'], facts: false })),
  ...of(LOGIC, () => ({ ...NONE, topic: 'logic', task: 'reason', facts: false })),
  ...of(WRITING, (text) => ({ ...NONE, topic: 'writing', task: writingTask(text), facts: false })),
  ...of(TRANSLATION, () => ({ ...NONE, topic: 'translation', task: 'translate', facts: false, wantsText: true })),
  ...of(EXTRACTION, () => ({ ...NONE, topic: 'extraction', task: 'extract', facts: false, wantsText: true })),
  ...of(CONVERSATION, () => ({ topic: 'conversation', task: 'converse', facts: false })),
  ...of(TOOL_USE, () => ({ ...NONE, topic: 'tool_use', task: 'act' })),
  ...of(TRIVIA, () => ({ ...NONE, topic: 'trivia', task: 'answer', facts: true })),
  ...of(COMMONSENSE, () => ({ ...NONE, topic: 'commonsense', task: ['answer', 'advise'], facts: false })),
  ...of(PHYSICS, () => ({ ...NONE, topic: 'physics', task: ['answer', 'reason'], facts: true })),
  ...of(CHEMISTRY, () => ({ ...NONE, topic: 'chemistry', task: ['answer', 'reason'], facts: true })),
  ...of(BIOLOGY, () => ({ ...NONE, topic: 'biology', task: 'answer', facts: true })),
  ...of(EARTH, () => ({ ...NONE, topic: ['physics', 'chemistry', 'biology'], task: 'answer', facts: true })),
  ...of(ENGINEERING, () => ({ ...NONE, topic: 'engineering', task: ['answer', 'reason', 'advise'] })),
  ...of(HEALTH, () => ({ ...NONE, topic: 'health', task: ['answer', 'advise'], facts: true })),
  ...of(LAW, () => ({ ...NONE, topic: 'law', task: ['answer', 'advise'], facts: true })),
  ...of(BUSINESS, () => ({ ...NONE, topic: 'business', task: ['answer', 'advise'] })),
  ...of(ECONOMICS, () => ({ ...NONE, topic: 'economics', task: 'answer', facts: true })),
  ...of(HISTORY, () => ({ ...NONE, topic: 'history', task: 'answer', facts: true })),
  ...of(PHILOSOPHY, () => ({ ...NONE, topic: 'philosophy', task: 'answer' })),
  ...of(PSYCHOLOGY, () => ({ ...NONE, topic: 'psychology', task: ['answer', 'advise'], facts: true })),
  ...of(REWRITING, () => ({ task: 'rewrite', facts: false, wantsText: true })),
  ...of(SUMMARISING, () => ({ ...NONE, task: 'summarise', facts: false, wantsText: true })),
  ...of(CLASSIFYING, () => ({ ...NONE, topic: 'extraction', task: 'classify', facts: false, wantsText: true })),
  ...of(ADVISING, () => ({ ...NONE, task: 'advise', facts: false })),
  ...of(OUTSIDE_SEEDS, () => ({ ...NONE, topic: 'unknown', task: 'unknown' })),
  ...of(FOLLOW_UPS, () => NONE),
  ...of(SATISFIED, () => ({ feedback: 'satisfied' })),
  ...of(UNCLEAR, () => ({ feedback: 'unclear' })),
  ...of(WRONG, () => ({ feedback: 'wrong' })),
  ...of(DIFFERENT, () => ({ feedback: 'other' })),
];

function of(texts: readonly string[], labels: (text: string) => Labels): Seed[] {
  return texts.map((text) => ({ text, fold: heldBackFold(text), ...labels(text) }));
}

function writingTask(text: string): Task {
  if (SUMMARISES.test(text)) return 'summarise';
  return REWRITES.test(text) ? 'rewrite' : 'write';
}
