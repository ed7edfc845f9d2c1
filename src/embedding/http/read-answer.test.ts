// Answers of embedding servers: what is a vector, and what is said of everything else.
import { expect, it } from 'vitest';
import { readAnswer } from './read-answer.ts';

const answer = (embedding: unknown): string => JSON.stringify({ data: [{ index: 0, embedding }] });

it('brings a vector to length 1', () => {
  expect(readAnswer(answer([3, 4]), 2)).toEqual({ kind: 'vector', vector: Float32Array.of(0.6, 0.8) });
  expect(readAnswer(answer([0, -1e-30, 0]), undefined)).toMatchObject({ kind: 'vector' });
});

it.each([
  ['nothing', '', 'not JSON'],
  ['a page', '<html>', 'not JSON'],
  ['half an answer', '{"data": [{"embedding": [0.1, ', 'not JSON'],
  ['NaN, as some write it', '{"data": [{"embedding": [NaN, 1]}]}', 'not JSON'],
  ['null', 'null', 'no vector'],
  ['a list', '[]', 'no vector'],
  ['no data', '{}', 'no vector'],
  ['empty data', '{"data": []}', 'no vector'],
  ['data of another type', '{"data": {"0": {"embedding": [1, 0]}}}', 'no vector'],
  ['null in place of an entry', '{"data": [null]}', 'no vector'],
  ['an empty vector', answer([]), 'no vector'],
  ['base64', answer('AACAPwAAAAA='), 'no vector'],
  ['null among the numbers', answer([null, 1]), 'not made of numbers'],
  ['text among the numbers', answer(['1', 0]), 'not made of numbers'],
  ['a nested vector', answer([[1, 0]]), 'not made of numbers'],
  ['too few', answer([1]), '1 dimensions instead of 2'],
  ['too many', answer([1, 0, 0]), '3 dimensions instead of 2'],
  ['zeros', answer([0, 0]), 'no direction'],
  ['an infinite number', '{"data": [{"embedding": [1e999, 1]}]}', 'no direction'],
  ['numbers whose squares are infinite', answer([1e200, 1]), 'no direction'],
])('%s is no vector', (_, body, why) => {
  expect(readAnswer(body, 2)).toMatchObject({ kind: 'wrong', why: expect.stringContaining(why) as string });
});
