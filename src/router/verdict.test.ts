// Accept or defer, as a table.
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../base/fixtures/quickest.ts';
import type { AcceptRule } from './types.ts';
import { judge, type Answer } from './verdict.ts';

const ALL: AcceptRule = { notEmpty: true, notTruncated: true, notRefusal: true, validJson: true, minMeanLogprob: -1 };
const NONE: AcceptRule = {
  notEmpty: false,
  notTruncated: false,
  notRefusal: false,
  validJson: false,
  minMeanLogprob: undefined,
};
const GOOD: Answer = {
  text: 'Paris.',
  refusal: '',
  toolCalls: 0,
  finishReason: 'stop',
  outputTokens: 3,
  meanLogprob: -0.2,
};

interface Case {
  readonly answer?: Partial<Answer>;
  readonly limit?: number;
  readonly json?: boolean;
  readonly reason: string | undefined;
  /** The check that finds it: without it the answer passes. */
  readonly by?: keyof AcceptRule;
}

const cases: Record<string, Case> = {
  'a good answer': { reason: undefined },
  'no text': { answer: { text: '' }, reason: 'empty', by: 'notEmpty' },
  'nothing but blanks': { answer: { text: ' \n\t ' }, reason: 'empty', by: 'notEmpty' },
  'no text but a tool call': { answer: { text: '', toolCalls: 1, finishReason: 'tool_calls' }, reason: undefined },
  'cut off by the model': { answer: { finishReason: 'length' }, reason: 'truncated', by: 'notTruncated' },
  'cut off by the caller’s limit': {
    answer: { finishReason: 'length', outputTokens: 16 },
    limit: 16,
    reason: undefined,
  },
  'cut off before the caller’s limit': {
    answer: { finishReason: 'length', outputTokens: 15 },
    limit: 16,
    reason: 'truncated',
    by: 'notTruncated',
  },
  'cut off with a limit, length unknown': {
    answer: { finishReason: 'length', outputTokens: undefined },
    limit: 16,
    reason: undefined,
  },
  'cut off without a limit, length unknown': {
    answer: { finishReason: 'length', outputTokens: undefined },
    reason: 'truncated',
    by: 'notTruncated',
  },
  'no finish reason': { answer: { finishReason: undefined }, reason: undefined },
  'the refusal field': { answer: { text: '', refusal: 'No.' }, reason: 'refusal', by: 'notRefusal' },
  'a refusing text beside a tool call': {
    answer: { text: 'I cannot know, let me look.', toolCalls: 1 },
    reason: undefined,
  },
  'JSON when asked': { answer: { text: ' {"a": 1}\n' }, json: true, reason: undefined },
  'text when JSON was asked for': {
    answer: { text: 'Here: {"a": 1}' },
    json: true,
    reason: 'invalid-json',
    by: 'validJson',
  },
  'half of the JSON': { answer: { text: '{"a": 1' }, json: true, reason: 'invalid-json', by: 'validJson' },
  'fenced JSON when JSON was asked for': {
    answer: { text: '```json\n{}\n```' },
    json: true,
    reason: 'invalid-json',
    by: 'validJson',
  },
  'a tool call when JSON was asked for': { answer: { text: '', toolCalls: 1 }, json: true, reason: undefined },
  'text when nothing was asked': { answer: { text: '{"a": ' }, reason: undefined },
  unsure: { answer: { meanLogprob: -1.01 }, reason: 'low-logprob', by: 'minMeanLogprob' },
  'just sure enough': { answer: { meanLogprob: -1 }, reason: undefined },
  'no log-probabilities': { answer: { meanLogprob: undefined }, reason: undefined },
};

describe('judge', () => {
  it.each(Object.entries(cases))('%s', (_name, { answer, limit, json = false, reason, by }) => {
    const expected = { wantsJson: json, maxOutputTokens: limit };
    const verdict = judge({ ...GOOD, ...answer }, ALL, expected);
    expect(verdict).toEqual(reason === undefined ? { kind: 'accept' } : { kind: 'defer', reason });
    expect(judge({ ...GOOD, ...answer }, NONE, expected)).toEqual({ kind: 'accept' });
    if (by !== undefined) {
      // Each check stands alone: it finds it without the others, and the others do not.
      expect(judge({ ...GOOD, ...answer }, { ...NONE, [by]: ALL[by] }, expected)).toEqual({ kind: 'defer', reason });
    }
  });

  it.each([
    'I cannot help with that.',
    "I can't assist with this request.",
    'I can’t provide instructions for that.',
    "I'm sorry, but I can't do that.",
    'I’m really sorry, but that is not possible.',
    'I am sorry, I am not able to help.',
    'Im sorry but no',
    'Sorry, I cannot answer this.',
    'Sorry but I will not do that.',
    'I apologize, but this is against my guidelines.',
    'I apologise, however I cannot continue.',
    'My apologies, but I am unable to do this.',
    'I am unable to browse the internet.',
    "I'm not able to open files.",
    "I won't write that.",
    'I must decline.',
    'I do not feel comfortable writing this.',
    'As an AI language model, I cannot have opinions.',
    "As an AI, I don't have personal preferences.",
    "Unfortunately, I can't access real-time data.",
    'Unfortunately I do not have access to your account.',
    "I'm sorry for your loss, but I can't give legal advice.",
    '**I cannot help with that.**',
    '"I can not do this."',
    '  \n I CANNOT HELP WITH THAT.',
  ])('%j is a refusal', (text) => {
    expect(judge({ ...GOOD, text }, ALL, { wantsJson: false, maxOutputTokens: undefined })).toEqual({
      kind: 'defer',
      reason: 'refusal',
    });
  });

  it.each([
    'I can help with that.',
    'I can, and here is how.',
    'I cantilevered the beam first.',
    'Here is a polite letter: "I am sorry, but I cannot come."',
    'The answer is 4.\nI cannot show more steps.',
    'Sorry is the hardest word, says the song.',
    "I'm sorry to hear that you are ill. Rest and drink a lot.",
    'I’m sorry for the confusion. Here is the corrected code:',
    'I apologize for the mistake in my last answer. It should be 7.',
    "I can't stress enough how important backups are.",
    'I cannot emphasize this too much: test it.',
    'I can not only translate it but explain it.',
    "I can't wait to show you: here it is.",
    'As an AI engineer, you should know Python.',
    'As an AI, I can explain this well.',
    'Unfortunately, the battle was lost in 1526.',
    'Unfortunately, the train was late. The conductor said to the passengers who were waiting there: I cannot help it.',
    'It is not something that I can judge, but experts say yes.',
    'You cannot divide by zero.',
  ])('%j is an answer', (text) => {
    expect(judge({ ...GOOD, text }, ALL, { wantsJson: false, maxOutputTokens: undefined })).toEqual({ kind: 'accept' });
  });

  it('takes no time over a long hostile text', () => {
    const text = `${"I'm sorry for ".repeat(20_000)}I can`;
    const looked = quickestMs(() => judge({ ...GOOD, text }, ALL, { wantsJson: false, maxOutputTokens: undefined }));
    expect(looked).toBeLessThan(100);
  });
});
