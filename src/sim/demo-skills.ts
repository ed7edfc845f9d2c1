// How often each embedded model is right, by topic and difficulty: made up so that routing has something to find.

/** 1 easy, 2 medium, 3 hard. */
export type DemoDifficulty = 1 | 2 | 3;

/**
 * P(right) on easy prompts: the small model is enough for everyday things, the middle one (a coder, say) is best at code, mathematics,
 * logic and engineering, the large one is good throughout.
 */
const EASY_SKILL = {
  'sim-8b': {
    code: 0.45,
    math: 0.43,
    logic: 0.45,
    writing: 0.93,
    trivia: 0.9,
    commonsense: 0.92,
    science: 0.66,
    engineering: 0.5,
    health: 0.62,
    law: 0.55,
    business: 0.68,
    history: 0.7,
    philosophy: 0.66,
    psychology: 0.9,
  },
  'sim-32b': {
    code: 0.95,
    math: 0.95,
    logic: 0.93,
    writing: 0.8,
    trivia: 0.78,
    commonsense: 0.82,
    science: 0.8,
    engineering: 0.94,
    health: 0.74,
    law: 0.72,
    business: 0.78,
    history: 0.76,
    philosophy: 0.74,
    psychology: 0.8,
  },
  'sim-70b': {
    code: 0.88,
    math: 0.88,
    logic: 0.88,
    writing: 0.93,
    trivia: 0.93,
    commonsense: 0.93,
    science: 0.94,
    engineering: 0.88,
    health: 0.94,
    law: 0.94,
    business: 0.93,
    history: 0.94,
    philosophy: 0.93,
    psychology: 0.93,
  },
} as const;

export type DemoModel = keyof typeof EASY_SKILL;
export type DemoTopic = keyof (typeof EASY_SKILL)['sim-8b'];
export const DEMO_MODELS = Object.keys(EASY_SKILL) as DemoModel[];
export const DEMO_TOPICS = Object.keys(EASY_SKILL['sim-8b']) as DemoTopic[];

/** P(right), 0..1. Difficulty costs the weak more than the strong: skill to the power of 1, 1.25, 1.5. */
export function demoSkill(model: DemoModel, topic: DemoTopic, difficulty: DemoDifficulty): number {
  return EASY_SKILL[model][topic] ** (1 + 0.25 * (difficulty - 1));
}
