// The topic classifier as committed: what it says of plain prompts, what it guarantees, and which assets it refuses.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainSums, createStaticEmbedder, ROW_COLUMNS } from '../embedding/index.ts';
import { decodeTopicModel, encodeTopicModel } from './topic-asset.ts';
import { createTopicClassifier, loadTopicClassifier, TOPICS, type TopicPosterior } from './topic.ts';

const asset = readFileSync(new URL('./assets/topics.bin', import.meta.url));
const card = readFileSync(new URL('./assets/topics.card.md', import.meta.url), 'utf8');
const classifier = loadTopicClassifier();

const classify = (text: string): TopicPosterior => classifier.classifyText(text);

describe('topic classifier', () => {
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
    ['How does photosynthesis work?', 'science'],
    ['Calculate the stress in a steel beam with a load of 10 kN', 'engineering'],
    ['What are the symptoms of appendicitis?', 'health'],
    ['Can a tenant be evicted without notice?', 'law'],
    ['Explain supply and demand', 'business'],
    ['What were the main causes of the French Revolution?', 'history'],
    ['Is it morally right to lie, according to Kant?', 'philosophy'],
    ['What is operant conditioning?', 'psychology'],
    ['turn off the lights in the kitchen', 'unknown'],
    ['my card was declined at the shop', 'unknown'],
  ] as const)('calls %j %s', (text, topic) => {
    expect(classify(text).topic).toBe(topic);
  });

  it('gives 15 probabilities that sum to 1, and the topic is the largest', () => {
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
    const plain = createTopicClassifier(asset, createPlainSums);
    assert(
      property(string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(plain.classifyText(text)).toEqual(classifier.classifyText(text));
      }),
    );
  });
});

describe('topic asset', () => {
  const model = decodeTopicModel(asset);
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(asset);
    bytes[at] = value;
    return bytes;
  };

  it('was trained for the embedder as it is now (else: npx tsx bench/train/topics.ts)', () => {
    expect(model.embedder).toBe(createStaticEmbedder().fingerprint);
  });

  it('is what its card describes, and below 1.1 MB', () => {
    const sha256 = createHash('sha256').update(asset).digest('hex');
    expect(card).toContain(`| sha256 | \`${sha256}\` |`);
    expect(card).toContain(`| fingerprint | \`${classifier.fingerprint}\` |`);
    expect(asset.length).toBeLessThan(1_100_000);
  });

  it('survives a round trip', () => {
    expect(Buffer.from(encodeTopicModel(model)).equals(asset)).toBe(true);
  });

  it.each([
    ['nothing', new Uint8Array(0), /0 bytes are too few/],
    ['another file', changed(0, 0), /wrong magic/],
    ['another version', changed(8, 9), /version 9, expected 2/],
    ['a cut file', asset.subarray(0, asset.length - 1), /bytes, but its header says/],
    ['a flipped weight', changed(asset.length - 5, (asset.at(-5) ?? 0) ^ 1), /checksum differs/],
    ['another embedder', encodeTopicModel({ ...model, embedder: 'static-x' }), /trained for embedder static-x/],
    ['a temperature of 0', encodeTopicModel({ ...model, temperature: 0 }), /out of range/],
    [
      'other classes',
      encodeTopicModel({
        ...model,
        classes: 1,
        scales: new Float32Array(1),
        biases: new Float32Array(1),
        weights: new Int8Array(model.dimensions * ROW_COLUMNS),
      }),
      /1 classes x 65536 features, expected 15 x 65536/,
    ],
  ])('refuses %s and says why', (_, bytes, message) => {
    expect(() => createTopicClassifier(bytes)).toThrow(message);
    expect(() => createTopicClassifier(bytes)).toThrow(
      expect.objectContaining({ code: 'SLUICE_WORKLOAD_TOPIC_ASSET' }),
    );
  });
});
