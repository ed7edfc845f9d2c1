// The embedded answer book: the demo prompts, answered right or wrong by the skill table of the embedded models.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Type, type Static } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { hashUniform, ownFile } from '../base/index.ts';
import type { AnswerBook, BookAnswer } from './answer-book.ts';
import { DEMO_MODELS, DEMO_TOPICS, demoSkill, type DemoModel } from './demo-skills.ts';
import { simErrors } from './errors.ts';
import { fillerWords } from './filler.ts';
import { toTokens } from './tokens.ts';

const DemoPrompt = Type.Object({
  id: Type.String({ minLength: 1 }),
  topic: Type.Enum([...DEMO_TOPICS]),
  difficulty: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3)]),
  prompt: Type.String({ minLength: 1 }),
  answer: Type.String({ minLength: 1 }),
});
export type DemoPrompt = Static<typeof DemoPrompt>;

export const DEMO_PROMPTS_FILE = fileURLToPath(ownFile('sim/assets/demo-prompts.jsonl'));

/** Words of an answer, least and most: a larger model says a little more. */
const LENGTH: Readonly<Record<DemoModel, readonly [number, number]>> = {
  'sim-8b': [20, 50],
  'sim-32b': [28, 64],
  'sim-70b': [34, 78],
};

const EVASIONS = [
  'It is hard to say without knowing more; opinions on this differ and several readings seem possible to me.',
  'Sorry, my best guess would be unreliable here, so please check another source before using it.',
  'There may be no single reply to this; it depends on how one looks at the matter.',
];

const includes = (text: string, part: string): boolean => text.toLowerCase().includes(part.trim().toLowerCase());

/** A wrong answer never contains the reference: an answer that is a bare letter or "no" would else turn up inside harmless words. */
function withoutReference(text: string, answer: string): string {
  if (!includes(text, answer)) return text;
  const kept = text.split(' ').filter((word) => !includes(word, answer));
  const rest = kept.join(' ');
  return includes(rest, answer) || rest === '' ? '-' : rest;
}

function wrongStatement(prompt: DemoPrompt, others: readonly DemoPrompt[], model: string, seed: number): string {
  const pick = hashUniform(seed, 'wrong', model, prompt.id);
  const other = others[Math.floor(pick * others.length)];
  const sure = hashUniform(seed, 'sure', model, prompt.id) < 0.5;
  // Half of the wrong answers are sure of themselves: the answer to another question of the topic (never the prompt's own).
  if (sure && other !== undefined && !includes(other.answer, prompt.answer)) {
    return `Short answer: ${other.answer}`;
  }
  return EVASIONS[Math.floor(pick * EVASIONS.length)] ?? '-';
}

/**
 * Ids of a topic's prompts that a model answers right: systematic sampling in an order by hash, so that each prompt is right with its
 * skill's probability and the topic's share is the table's, not what 22 independent draws happen to give.
 */
function rightOnes(prompts: readonly DemoPrompt[], model: DemoModel, seed: number): ReadonlySet<string> {
  const shuffled = prompts.toSorted((a, b) => hashUniform(seed, model, a.id) - hashUniform(seed, model, b.id));
  const right = new Set<string>();
  let sum = 0.5;
  for (const prompt of shuffled) {
    const before = Math.floor(sum);
    sum += demoSkill(model, prompt.topic, prompt.difficulty);
    if (Math.floor(sum) > before) right.add(prompt.id);
  }
  return right;
}

function answerOf(
  prompt: DemoPrompt,
  others: readonly DemoPrompt[],
  model: DemoModel,
  seed: number,
  right: boolean,
): BookAnswer {
  const statement = right ? `Short answer: ${prompt.answer.trim()}` : wrongStatement(prompt, others, model, seed);
  const [least, most] = LENGTH[model];
  const words = least + Math.floor(hashUniform(seed, 'length', model, prompt.id) * (most - least + 1));
  const tail = `(simulated ${model})`;
  const fill = fillerWords(words - toTokens(`${statement} ${tail}`).length, Math.floor(words));
  const text = [statement, fill, tail].filter((part) => part !== '').join('\n\n');
  const safe = right ? text : withoutReference(text.replaceAll('\n\n', ' '), prompt.answer);
  return { id: prompt.id, score: right ? 1 : 0, text: safe, outputTokens: toTokens(safe).length };
}

/** Parses JSON lines of demo prompts; throws SLUICE_SIM_BOOK_ABSENT or _MALFORMED naming file and line. Ids and prompts must be unique. */
export function readDemoPrompts(file: string = DEMO_PROMPTS_FILE): readonly DemoPrompt[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw simErrors.bookAbsent.with({ cause }, 'demo', file);
  }
  const prompts: DemoPrompt[] = [];
  const seen = new Set<string>();
  for (const [i, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line) as unknown;
    } catch (cause) {
      throw simErrors.bookMalformed.with({ cause }, 'demo', `${where} is not JSON`);
    }
    if (!Check(DemoPrompt, value)) {
      const [error] = Errors(DemoPrompt, value);
      throw simErrors.bookMalformed(
        'demo',
        `${where} ${error?.instancePath ?? ''} ${error?.message ?? 'is not a prompt'}`,
      );
    }
    for (const key of [`id ${value.id}`, `prompt ${value.prompt.trim()}`]) {
      if (seen.has(key)) throw simErrors.bookMalformed('demo', `${where} repeats ${key}`);
      seen.add(key);
    }
    prompts.push(value);
  }
  return prompts;
}

/**
 * The embedded prompts, answered by the skills of `demo-skills.ts`. A right answer contains the reference answer, a wrong one does not.
 * Servers that share a fleet should share the seed.
 */
export function loadDemoBook(seed = 1, file: string = DEMO_PROMPTS_FILE): AnswerBook {
  const prompts = readDemoPrompts(file);
  const byPrompt = new Map(prompts.map((prompt) => [prompt.prompt.trim(), prompt]));
  const byTopic = new Map(DEMO_TOPICS.map((topic) => [topic, prompts.filter((prompt) => prompt.topic === topic)]));
  const right = new Map(
    DEMO_MODELS.map((model) => [
      model,
      new Set([...byTopic.values()].flatMap((ofTopic) => [...rightOnes(ofTopic, model, seed)])),
    ]),
  );
  return {
    models: DEMO_MODELS,
    size: byPrompt.size,
    find(text, modelName) {
      const prompt = byPrompt.get(text.trim());
      const model = DEMO_MODELS.find((name) => name === modelName);
      if (prompt === undefined || model === undefined) return undefined;
      const isRight = right.get(model)?.has(prompt.id) === true;
      return answerOf(prompt, byTopic.get(prompt.topic) ?? [], model, seed, isRight);
    },
  };
}
