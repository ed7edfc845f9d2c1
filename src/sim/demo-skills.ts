// How often each embedded model is right, by topic and difficulty: made up so that routing has something to find.

export const DEMO_TOPICS = [
  'code',
  'math',
  'logic',
  'writing',
  'trivia',
  'commonsense',
  'science',
  'engineering',
  'health',
  'law',
  'business',
  'history',
  'philosophy',
  'psychology',
] as const;
export type DemoTopic = (typeof DEMO_TOPICS)[number];

export const DEMO_MODELS = ['sim-8b', 'sim-32b', 'sim-70b'] as const;
export type DemoModel = (typeof DEMO_MODELS)[number];

/** 1 easy, 2 medium, 3 hard. */
export type DemoDifficulty = 1 | 2 | 3;

/** P(right) on easy prompts: the small model is enough for much, the middle one is best at code, the large one is good throughout. */
const EASY_SKILL = {
  'sim-8b': {
    code: 0.46,
    math: 0.44,
    logic: 0.46,
    writing: 0.92,
    trivia: 0.88,
    commonsense: 0.91,
    science: 0.68,
    engineering: 0.55,
    health: 0.7,
    law: 0.6,
    business: 0.72,
    history: 0.74,
    philosophy: 0.72,
    psychology: 0.9,
  },
  'sim-32b': {
    code: 0.93,
    math: 0.92,
    logic: 0.9,
    writing: 0.8,
    trivia: 0.78,
    commonsense: 0.82,
    science: 0.82,
    engineering: 0.9,
    health: 0.78,
    law: 0.76,
    business: 0.8,
    history: 0.78,
    philosophy: 0.76,
    psychology: 0.8,
  },
  'sim-70b': {
    code: 0.9,
    math: 0.9,
    logic: 0.91,
    writing: 0.93,
    trivia: 0.94,
    commonsense: 0.94,
    science: 0.93,
    engineering: 0.9,
    health: 0.93,
    law: 0.92,
    business: 0.92,
    history: 0.94,
    philosophy: 0.92,
    psychology: 0.93,
  },
} as const satisfies Record<DemoModel, Record<DemoTopic, number>>;

/** P(right), 0..1. Difficulty costs the weak more than the strong: skill to the power of 1, 1.25, 1.5. */
export function demoSkill(model: DemoModel, topic: DemoTopic, difficulty: DemoDifficulty): number {
  return EASY_SKILL[model][topic] ** (1 + 0.25 * (difficulty - 1));
}
