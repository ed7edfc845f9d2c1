// The learner's features: an intercept and the three largest probabilities in their places.
import { assert, float32Array, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildContext, CONTEXT_DIMENSIONS } from './context.ts';
import { GROUP_OF, groupProbabilities, TOPIC_GROUPS, topicGroup, TOPICS } from './topics.ts';

const COLUMNS = TOPICS.length + 1;
const GROUPS = TOPIC_GROUPS.length + 1;
/** The first topic of each group, by the group's column. */
const FIRST = Array.from({ length: GROUPS }, (_, group) => GROUP_OF.indexOf(group));

function features(given: Readonly<Record<number, number>>): [number, number][] {
  const probabilities = new Float32Array(COLUMNS);
  for (const [group, p] of Object.entries(given)) probabilities[FIRST[Number(group)] ?? 0] = p;
  return [...buildContext(probabilities).entries()].filter(([, value]) => value !== 0);
}

describe('buildContext', () => {
  it('has a place for the intercept, each group and unknown', () => {
    expect(CONTEXT_DIMENSIONS).toBe(16);
    expect(buildContext(new Float32Array(COLUMNS))).toEqual(Float32Array.of(1, ...new Float32Array(GROUPS)));
  });

  it.each([
    [
      'one topic',
      { 0: 1 },
      [
        [0, 1],
        [1, 1],
      ],
    ],
    [
      'unknown, at the end',
      { 14: 1 },
      [
        [0, 1],
        [15, 1],
      ],
    ],
    [
      'the three largest of five',
      { 0: 0.125, 3: 0.25, 5: 0.3125, 7: 0.0625, 14: 0.25 },
      [
        [0, 1],
        [4, 0.25],
        [6, 0.3125],
        [15, 0.25],
      ],
    ],
    [
      'the earlier of two equals',
      { 1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25 },
      [
        [0, 1],
        [2, 0.25],
        [3, 0.25],
        [4, 0.25],
      ],
    ],
    [
      'fewer than three',
      { 2: 0.5, 9: 0.5 },
      [
        [0, 1],
        [3, 0.5],
        [10, 0.5],
      ],
    ],
  ])('%s', (_name, given, expected) => {
    expect(features(given)).toEqual(expected);
  });

  it('keeps at most three, the largest, as they are', () => {
    const given = float32Array({ min: 0, max: 1, noNaN: true, minLength: COLUMNS, maxLength: COLUMNS });
    assert(
      property(given, (probabilities) => {
        const context = buildContext(probabilities);
        const kept = Array.from(context.slice(1)).filter((x) => x !== 0);
        const groups = groupProbabilities(probabilities);
        const largest = [...groups]
          .filter((x) => x > 0)
          .toSorted((a, b) => b - a)
          .slice(0, 3);
        expect(kept.toSorted((a, b) => b - a)).toEqual(largest);
        context.slice(1).forEach((x, i) => expect(x === 0 || x === groups[i]).toBe(true));
      }),
    );
  });
});

describe('groups of topics', () => {
  it('are sums of their topics, small talk and tools being of none', () => {
    const probabilities = new Float32Array(COLUMNS);
    for (const topic of ['physics', 'chemistry', 'biology'] as const) probabilities[TOPICS.indexOf(topic)] = 0.125;
    probabilities[TOPICS.indexOf('health')] = 0.25;
    probabilities[TOPICS.indexOf('tool_use')] = 0.125;
    probabilities[TOPICS.length] = 0.25;
    const groups = groupProbabilities(probabilities);
    expect(groups[TOPIC_GROUPS.indexOf('science')]).toBe(0.375);
    expect(groups[TOPIC_GROUPS.indexOf('health')]).toBe(0.25);
    expect(groups[TOPIC_GROUPS.length]).toBe(0.375);
    expect(topicGroup(probabilities)).toBe('science');
  });

  it('are none without any topic', () => {
    const probabilities = new Float32Array(COLUMNS);
    probabilities[TOPICS.length] = 1;
    expect(topicGroup(probabilities)).toBe('unknown');
  });
});
