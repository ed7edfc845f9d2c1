// Seed prompts, written for this project in the styles in which people write to an LLM: what the data sets' exam questions lack.
import { createHash } from 'node:crypto';
import { TOPICS } from '../../src/workload/topic.ts';
import { BUSINESS } from './seeds/business.ts';
import { CODE } from './seeds/code.ts';
import { COMMONSENSE } from './seeds/commonsense.ts';
import { ENGINEERING } from './seeds/engineering.ts';
import { HEALTH } from './seeds/health.ts';
import { HISTORY } from './seeds/history.ts';
import { LAW } from './seeds/law.ts';
import { LOGIC } from './seeds/logic.ts';
import { MATH } from './seeds/math.ts';
import { PHILOSOPHY } from './seeds/philosophy.ts';
import { PSYCHOLOGY } from './seeds/psychology.ts';
import { SCIENCE } from './seeds/science.ts';
import { TRIVIA } from './seeds/trivia.ts';
import { WRITING } from './seeds/writing.ts';

/** About ninety prompts a topic; own writing, under the project's licence. */
const PROMPTS: Readonly<Record<(typeof TOPICS)[number], readonly string[]>> = {
  code: CODE,
  math: MATH,
  logic: LOGIC,
  writing: WRITING,
  trivia: TRIVIA,
  commonsense: COMMONSENSE,
  science: SCIENCE,
  engineering: ENGINEERING,
  health: HEALTH,
  law: LAW,
  business: BUSINESS,
  history: HISTORY,
  philosophy: PHILOSOPHY,
  psychology: PSYCHOLOGY,
};

export interface Seed {
  readonly label: number;
  readonly text: string;
  /** 0, 1 or 2, from sha1 of the text: which of the held-back folds the seed is held back with. */
  readonly part: number;
}

export const SEEDS: readonly Seed[] = TOPICS.flatMap((topic, label) =>
  PROMPTS[topic].map((text) => ({ label, text, part: partOf(text) })),
);

function partOf(text: string): number {
  return Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 3n);
}
