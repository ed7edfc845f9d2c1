// What is seen of a text beyond its topic: lazily, once, of the right turn, and in bounded time whatever comes.
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../base/fixtures/quickest.ts';
import { buildWorkload } from './build-workload.ts';
import type { Classifier } from './classifier.ts';
import { loadClassifier } from './load-classifier.ts';
import { bytesOf, call, image, NO_HINTS, result, user } from './fixtures/see.ts';
import type { LanguageDetector } from './language.ts';
import type { Eyes } from './sight.ts';
import type { ChatBody, ChatMessage, Workload } from './types.ts';

const classifier = loadClassifier();
const answer = (content: string): ChatMessage => ({ role: 'assistant', content });

function look(messages: readonly ChatMessage[], eyes: Eyes = { classifier }, readsTopic = false): Workload {
  const body: ChatBody = { model: 'auto', messages };
  return buildWorkload({ operation: 'chat', body, bytes: bytesOf(body), hints: NO_HINTS }, eyes, readsTopic);
}

/** Counts what is asked of the eyes. */
function countingEyes(): { readonly eyes: Eyes; readonly calls: string[] } {
  const calls: string[] = [];
  const counting: Classifier = {
    fingerprint: 'counting',
    read(text) {
      calls.push('read');
      const reading = classifier.read(text);
      const count = <T>(name: string, head: () => T): (() => T) => {
        return () => {
          calls.push(name);
          return head();
        };
      };
      return {
        topic: count('topic', () => reading.topic()),
        task: count('task', () => reading.task()),
        difficulty: count('difficulty', () => reading.difficulty()),
        asksFacts: count('asksFacts', () => reading.asksFacts()),
        feedback: count('feedback', () => reading.feedback()),
      };
    },
  };
  const language: LanguageDetector = {
    load: async () => await Promise.resolve(true),
    detect() {
      calls.push('language');
      return 'en';
    },
  };
  return { eyes: { classifier: counting, language }, calls };
}

describe('a sight', () => {
  it('looks at nothing until it is asked', () => {
    const { eyes, calls } = countingEyes();
    const { sight, topic } = look([user('hi')], eyes);
    expect([topic.topic, sight.seen(), calls]).toEqual(['unknown', undefined, []]);
  });

  it.each([
    ['topic', ['read', 'topic']],
    ['task', ['read', 'task']],
    ['difficulty', ['read', 'difficulty']],
    ['asksFacts', ['read', 'asksFacts']],
    ['feedback', ['read', 'feedback']],
    ['language', ['language']],
    ['reask', []],
  ] as const)('for the %s looks at that alone, and once', (head, expected) => {
    const { eyes, calls } = countingEyes();
    const { sight } = look([user('Why?'), answer('So.'), user('that is wrong')], eyes);
    const first = sight[head];
    expect(sight[head]).toBe(first);
    expect(calls).toEqual(expected);
    expect(Object.keys(sight.seen() ?? {})).toEqual(head === 'topic' ? [] : [head]);
  });

  it('reads the text once for all of its heads', () => {
    const { eyes, calls } = countingEyes();
    const { sight } = look([user('Solve 3x + 5 = 20')], eyes, true);
    expect([sight.task.task, sight.difficulty > 0, sight.asksFacts < 0.5]).toEqual(['reason', true, true]);
    expect(calls.filter((call_) => call_ === 'read')).toHaveLength(1);
  });
});

describe('feedback', () => {
  const question = user('Write a function that sorts a list');
  it.each([
    ['thank you so much, that worked', 'satisfied'],
    ["I don't understand, what do you mean?", 'unclear'],
    ["that's wrong, it still throws an error", 'wrong'],
    ['make it shorter', 'other'],
    ['What is the capital of Norway?', 'none'],
  ])('%j is %s', (text, feedback) => {
    expect(look([question, answer('Here it is.'), user(text)]).sight.feedback.feedback).toBe(feedback);
  });

  it.each<[string, readonly ChatMessage[]]>([
    ['a first message', [user('that is wrong')]],
    ['a message that no answer stands before', [user('Sort it'), user('that is wrong')]],
    ['a long message', [question, answer('x'), user(`that is wrong ${'and so on '.repeat(100)}`)]],
    ['a message without text', [question, answer('x'), user([image])]],
    ['blanks', [question, answer('x'), user('  \n ')]],
    ['a turn that goes on from a tool', [user('that is wrong'), call, result]],
  ])('of %s is none, for certain', (_name, messages) => {
    expect(look(messages).sight.feedback).toMatchObject({ feedback: 'none', confidence: 1 });
  });
});

describe('a question asked again', () => {
  const first = 'How do I center a button inside a flexbox container?';
  const talk = (text: string): number => look([user(first), answer('So.'), user(text)]).sight.reask;

  it('is the more alike the fewer words differ', () => {
    expect(talk(first)).toBeCloseTo(1, 10);
    const again = talk('How can I center a button in a flexbox container?');
    expect(again).toBeGreaterThan(0.5);
    expect(again).toBeGreaterThan(talk('Which container ships are the largest?'));
    expect(talk('Who painted Starry Night?')).toBeLessThan(0.2);
  });

  it('is compared with the four turns before it, the most alike counts', () => {
    const turns = (n: number): ChatMessage[] => [
      user(first),
      ...Array.from({ length: n }, (_, i) => [answer('x'), user(`Number ${'abcdef'[i] ?? ''}`)]).flat(),
      answer('x'),
      user(first),
    ];
    expect(look(turns(3)).sight.reask).toBeCloseTo(1, 10);
    expect(look(turns(4)).sight.reask).toBeLessThan(0.5);
  });

  it.each<[string, readonly ChatMessage[]]>([
    ['a first message', [user(first)]],
    ['no text', [user(first), answer('x'), user([image])]],
    ['none before it with text', [user([image]), answer('x'), user(first)]],
    ['no user at all', [answer('x')]],
  ])('is not: %s', (_name, messages) => {
    expect(look(messages).sight.reask).toBe(0);
  });
});

describe('whatever comes', () => {
  const unknownPart = { type: 'hologram', hologram: { data: 'x'.repeat(100) } };
  it.each<[string, readonly ChatMessage[]]>([
    [
      '10,000 messages',
      Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? user('word '.repeat(20)) : answer('x'))),
    ],
    ['parts of unknown type', [user([unknownPart, unknownPart])]],
    ['images only', [user([image, image])]],
    ['nothing', [user('')]],
    ['no content', [user(null)]],
    ['no messages', []],
    ['50 MB of one character', [user('x'), answer('y'), user('a'.repeat(50 << 20))]],
    ['lone surrogates', [user('\ud800'.repeat(1_000))]],
    ['right to left', [user('مرحبا بالعالم')]],
    ['a base64 blob', [user(Buffer.alloc(100_000, 7).toString('base64'))]],
  ])('%s: every head answers, and soon', (_name, messages) => {
    const { sight } = look(messages);
    expect(sight.topic.confidence).toBeGreaterThan(0);
    expect(sight.task.confidence).toBeGreaterThan(0);
    expect(sight.feedback.confidence).toBeGreaterThan(0);
    for (const p of [sight.difficulty, sight.asksFacts, sight.reask]) expect(p >= 0 && p <= 1).toBe(true);
    expect(sight.language).toBe('unknown');
    // Some hundred microseconds; a machine that is busy with other things is given a thousand times that.
    const looks = [1, 2, 3].map(() => look(messages).sight);
    const took = quickestMs(() => {
      const { topic, task, feedback, difficulty, asksFacts, reask, language } = looks.pop() ?? sight;
      void [topic, task, feedback, difficulty, asksFacts, reask, language];
    }, looks.length);
    expect(took).toBeLessThan(250);
  });
});
