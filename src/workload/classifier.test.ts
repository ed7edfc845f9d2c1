// The classifier as committed: what it says of plain prompts, what it guarantees, and which assets it refuses.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainReader, createStaticEmbedder, openWordpieceTable } from '../embedding/index.ts';
import { decodeClassifier, encodeClassifier } from './classifier-asset.ts';
import { createClassifier } from './classifier.ts';
import { FEEDBACKS, HEADS, TASKS } from './heads.ts';
import { lazyClassifier, loadClassifier } from './load-classifier.ts';
import type { TopicPosterior } from './posteriors.ts';
import { TOPICS } from './topics.ts';

const asset = readFileSync(new URL('./assets/classifier.bin', import.meta.url));
const card = readFileSync(new URL('./assets/classifier.card.md', import.meta.url), 'utf8');
const classifier = loadClassifier();

const classify = (text: string): TopicPosterior => classifier.read(text).topic();

it('is known by its fingerprint before it is read, and then reads the same', () => {
  const lazy = lazyClassifier();
  expect(lazy.fingerprint).toBe(classifier.fingerprint);
  const text = 'What does the law say of deposits?';
  expect(lazy.read(text).topic()).toEqual(classifier.read(text).topic());
});

describe('topics', () => {
  it.each([
    ['Write a Python function that reverses a string', 'code'],
    ['Explain the difference between an interface and an abstract class in Java', 'code'],
    ['Solve 3x + 5 = 20', 'math'],
    ['What is the integral of 1/x?', 'math'],
    ['There are three houses in a row. The cat owner lives left of the baker. Who lives in the first house?', 'logic'],
    ['Write a short poem about autumn', 'writing'],
    ['Draft a polite email declining a meeting invitation', 'writing'],
    ['What is the capital of Australia?', 'trivia'],
    ['who played batman in the dark knight', 'trivia'],
    ['Where do people usually keep their socks?', 'commonsense'],
    ['How does photosynthesis work?', 'biology'],
    ['Calculate the stress in a steel beam with a load of 10 kN', 'engineering'],
    ['What are the symptoms of appendicitis?', 'health'],
    ['Can a tenant be evicted without notice?', 'law'],
    ['Explain supply and demand', 'economics'],
    ['Why are noble gases so unreactive?', 'chemistry'],
    ['A ball is thrown upward at 20 m/s. How high does it go?', 'physics'],
    ['Translate to Spanish: where is the station?', 'translation'],
    ['hi, how are you today?', 'conversation'],
    ['What were the main causes of the French Revolution?', 'history'],
    ['Is it morally right to lie, according to Kant?', 'philosophy'],
    ['What is operant conditioning?', 'psychology'],
    ['turn off the lights in the kitchen', 'tool_use'],
    ['my card was declined at the shop', 'unknown'],
  ] as const)('calls %j %s', (text, topic) => {
    expect(classify(text).topic).toBe(topic);
  });

  it('gives probabilities that sum to 1, and the topic is the largest', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 400 }), (text) => {
        const { topic, confidence, probabilities } = classify(text);
        expect(probabilities).toHaveLength(TOPICS.length + 1);
        expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
        expect(confidence).toBe(Math.max(...probabilities));
        expect([...TOPICS, 'unknown'][probabilities.indexOf(confidence)]).toBe(topic);
      }),
    );
  });

  it('keeps no posterior from one call to the next', () => {
    const first = classify('Solve 3x + 5 = 20');
    const copy = first.probabilities.slice();
    classify('Write a short poem about autumn');
    expect(first.probabilities).toEqual(copy);
  });

  it('calls an empty text unknown, for certain', () => {
    expect(classify('')).toMatchObject({ topic: 'unknown', confidence: 1 });
  });

  it('says the same of any text without WebAssembly', () => {
    const table = readFileSync(new URL('../embedding/assets/wordpieces.bin', import.meta.url));
    const plain = createClassifier(asset, openWordpieceTable(table, createPlainReader));
    assert(
      property(string({ unit: 'binary', maxLength: 1_000 }), (text) => {
        const [slow, fast] = [plain.read(text), classifier.read(text)];
        expect(slow.topic()).toEqual(fast.topic());
        expect(slow.task()).toEqual(fast.task());
        expect(slow.feedback()).toEqual(fast.feedback());
        expect([slow.difficulty(), slow.asksFacts()]).toEqual([fast.difficulty(), fast.asksFacts()]);
      }),
    );
  });
});

describe('the other heads', () => {
  it('keep within their ranges on any text', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 1_000 }), (text) => {
        const reading = classifier.read(text);
        for (const [name, { confidence, probabilities }, names] of [
          ['task', reading.task(), HEADS.task],
          ['feedback', reading.feedback(), FEEDBACKS],
        ] as const) {
          expect(probabilities, name).toHaveLength(names.length);
          expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
          expect(confidence).toBe(Math.max(...probabilities));
        }
        for (const p of [reading.difficulty(), reading.asksFacts()]) expect(p >= 0 && p <= 1).toBe(true);
      }),
    );
  });

  it('know nothing of an empty text', () => {
    const reading = classifier.read('');
    expect(reading.task()).toMatchObject({ task: 'unknown', confidence: 1 });
    expect(reading.asksFacts()).toBe(0);
    expect(TASKS).not.toContain('unknown');
  });

  it('do not depend on the order in which they are asked, nor on what is read between', () => {
    const text = 'Who won the football world cup in 1998?';
    const first = classifier.read(text);
    const topic = first.topic();
    const second = classifier.read(text);
    const facts = second.asksFacts();
    classifier.read('Write a short poem about autumn').task();
    expect(second.topic()).toEqual(topic);
    expect(first.asksFacts()).toBe(facts);
  });
});

describe('classifier asset', () => {
  const model = decodeClassifier(asset);
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(asset);
    bytes[at] = value;
    return bytes;
  };

  /** A class by another name of the same length, with the checksum of it. */
  function renamed(): Uint8Array {
    const bytes = Buffer.from(asset);
    bytes.write('low', bytes.indexOf('"law"') + 1);
    const hash = createHash('sha1').update(bytes.subarray(0, 12)).update(bytes.subarray(16));
    bytes.set(hash.digest().subarray(0, 4), 12);
    return bytes;
  }

  it('was trained for the embedder as it is now (else: npm run train:classifier)', () => {
    expect(model.embedder).toBe(createStaticEmbedder().fingerprint);
  });

  it('is what its card describes, and below 2 MB', () => {
    const sha256 = createHash('sha256').update(asset).digest('hex');
    expect(card).toContain(`| sha256 | \`${sha256}\` |`);
    expect(card).toContain(`| fingerprint | \`${classifier.fingerprint}\` |`);
    expect(asset.length).toBeLessThan(2_000_000);
  });

  it('survives a round trip', () => {
    expect(Buffer.from(encodeClassifier(model)).equals(asset)).toBe(true);
  });

  it.each([
    ['nothing', new Uint8Array(0), /0 bytes are too few/],
    ['another file', changed(0, 0), /wrong magic/],
    ['another version', changed(8, 9), /version 9, expected 2/],
    ['a cut file', asset.subarray(0, asset.length - 1), /checksum differs/],
    ['half a file', asset.subarray(0, asset.length >> 1), /too few for its header and its weights/],
    ['a flipped weight', changed(asset.length - 5, (asset.at(-5) ?? 0) ^ 1), /checksum differs/],
    ['another embedder', encodeClassifier({ ...model, embedder: 'static-x' }), /trained for embedder static-x/],
    [
      'a parameter that is no number',
      encodeClassifier({ ...model, difficulty: { bias: NaN, slope: 1 } }),
      /missing or out of range/,
    ],
    [
      'too few columns',
      encodeClassifier({ ...model, whole: { ...model.whole, scales: [1] } }),
      /missing or out of range/,
    ],
    ['other classes', renamed(), /not those of this build/],
  ])('refuses %s and says why', (_, bytes, message) => {
    expect(() => createClassifier(bytes)).toThrow(message);
    expect(() => createClassifier(bytes)).toThrow(
      expect.objectContaining({ code: 'SLUICE_WORKLOAD_CLASSIFIER_ASSET' }),
    );
  });
});
