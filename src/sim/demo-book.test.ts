// The embedded book: right as often as the skill table says, right answers contain the reference and wrong ones do not.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerBook } from './answer-book.ts';
import { DEMO_PROMPTS_FILE, loadDemoBook, readDemoPrompts, type DemoPrompt } from './demo-book.ts';
import { DEMO_MODELS, DEMO_TOPICS, demoSkill } from './demo-skills.ts';

let directory = '';
let file = '';
const ANSWERS = ['no', 'A', '42', 'the Nile', 'Because heat flows from warm to cold', 'it'];
const FIXTURE: readonly DemoPrompt[] = DEMO_TOPICS.flatMap((topic) =>
  Array.from({ length: 60 }, (_, i) => ({
    id: `${topic}-${i}`,
    topic,
    difficulty: ([1, 2, 3] as const)[i % 3] ?? 1,
    prompt: `Question ${i} of ${topic}?`,
    answer: ANSWERS[i % ANSWERS.length] ?? '',
  })),
);
const write = async (name: string, rows: readonly object[]): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  file = await write('prompts.jsonl', FIXTURE);
});
afterAll(() => rm(directory, { recursive: true }));

const at = (model: (typeof DEMO_MODELS)[number], topic: (typeof DEMO_TOPICS)[number]) => demoSkill(model, topic, 2);
const scores = (seed: number) => {
  const book = loadDemoBook(seed, file);
  return FIXTURE.map(({ prompt }) => book.find(prompt, 'sim-8b')?.score);
};

function checkAnswers(book: AnswerBook, prompts: readonly DemoPrompt[]): void {
  for (const { id, prompt, answer } of prompts) {
    for (const model of DEMO_MODELS) {
      const found = book.find(`\n${prompt} `, model);
      const right = found?.score === 1;
      expect(found).toMatchObject({ id, score: right ? 1 : 0 });
      const text = found?.text ?? '';
      expect(text.toLowerCase().includes(answer.toLowerCase()), `${model} ${id}: ${text}`).toBe(right);
      expect(found?.outputTokens).toBe(text.split(/\s+/u).length);
    }
  }
  // To the answer: each topic's share of right ones is what the skills add up to.
  for (const model of DEMO_MODELS) {
    for (const topic of DEMO_TOPICS) {
      const asked = prompts.filter((prompt) => prompt.topic === topic);
      const right = asked.filter(({ prompt }) => book.find(prompt, model)?.score === 1).length;
      const expected = asked.reduce((sum, { difficulty }) => sum + demoSkill(model, topic, difficulty), 0);
      expect(Math.abs(right - expected), `${model} ${topic}`).toBeLessThanOrEqual(0.5 + 1e-9);
    }
  }
}

describe('loadDemoBook', () => {
  it('is right as often as its skills say, and its texts show it', () => {
    const book = loadDemoBook(7, file);
    expect({ models: book.models, size: book.size }).toEqual({ models: DEMO_MODELS, size: FIXTURE.length });
    checkAnswers(book, FIXTURE);
  });

  it('answers in 20 to 80 tokens, larger models at greater length', () => {
    const book = loadDemoBook(1, file);
    const means = DEMO_MODELS.map((model) => {
      const lengths = FIXTURE.filter(({ answer }) => answer.length > 2).map(
        ({ prompt }) => book.find(prompt, model)?.outputTokens ?? 0,
      );
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(20);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(80);
      return lengths.reduce((total, length) => total + length, 0) / lengths.length;
    });
    expect(means).toEqual(means.toSorted((a, b) => a - b));
  });

  it('gives the same answers for the same seed and others for another', () => {
    expect(scores(3)).toEqual(scores(3));
    expect(scores(3)).not.toEqual(scores(4));
  });

  it('keeps the order that routing has to find', () => {
    for (const topic of ['code', 'math', 'logic'] as const) {
      expect(at('sim-8b', topic)).toBeLessThan(0.5);
      expect(at('sim-32b', topic)).toBeGreaterThan(0.85);
    }
    for (const topic of ['writing', 'trivia', 'commonsense', 'psychology'] as const) {
      expect(at('sim-8b', topic)).toBeGreaterThan(0.8);
    }
    expect(at('sim-70b', 'code')).toBeLessThan(at('sim-32b', 'code'));
    for (const topic of DEMO_TOPICS) {
      expect(demoSkill('sim-8b', topic, 3)).toBeLessThan(demoSkill('sim-8b', topic, 1));
      expect(at('sim-70b', topic)).toBeGreaterThan(0.84);
    }
  });

  it.each([
    ['an unknown topic', { topic: 'cooking' }, /:2 \/topic/u],
    ['a fourth difficulty', { difficulty: 4 }, /:2 \/difficulty/u],
    ['a repeated id', { id: 'code-0' }, /:2 repeats id code-0/u],
    ['a repeated prompt', { prompt: ' Question 0 of code?' }, /:2 repeats prompt/u],
  ])('refuses %s, naming the line', async (_name, change, message) => {
    const broken = await write('broken.jsonl', [FIXTURE[0] ?? {}, { ...FIXTURE[1], ...change }]);
    expect(() => loadDemoBook(1, broken)).toThrow(message);
  });

  it('says when the file is absent', () => {
    expect(() => loadDemoBook(1, join(directory, 'none.jsonl'))).toThrow(/cannot read .*none\.jsonl/u);
  });
});

const present = existsSync(DEMO_PROMPTS_FILE);
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!present) console.log('skipped: assets/demo-prompts.jsonl is not here yet');

describe.skipIf(!present)('the embedded prompts', () => {
  it('are many, valid, unique and of every topic', () => {
    // Reading checks every field, and that ids and prompts are unique.
    const prompts = readDemoPrompts();
    expect(prompts.length).toBeGreaterThanOrEqual(280);
    expect(new Set(prompts.map(({ topic }) => topic)).size).toBe(DEMO_TOPICS.length);
  });

  it('are answered with the reference when right and without it when wrong', () => {
    checkAnswers(loadDemoBook(), readDemoPrompts());
  });
});
