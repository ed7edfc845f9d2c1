// Accept or defer: the mechanical checks on a stage's answer. Pure; a Verdict is a value, never an exception.
import type { AcceptRule } from './types.ts';

/** What is known of an answer, plain or collected from its stream. */
export interface Answer {
  readonly text: string;
  readonly refusal: string;
  readonly toolCalls: number;
  readonly finishReason: string | undefined;
  readonly outputTokens: number | undefined;
  /** Mean natural log-probability of the answer's tokens, where the upstream gave them. */
  readonly meanLogprob: number | undefined;
}

export interface Expectation {
  readonly wantsJson: boolean;
  readonly maxOutputTokens: number | undefined;
}

export type Verdict = { readonly kind: 'accept' } | { readonly kind: 'defer'; readonly reason: string };

const ACCEPT: Verdict = { kind: 'accept' };

/** Only the beginning counts: an answer that says "I cannot" in its third paragraph is an answer. */
const REFUSAL =
  /^\W{0,4}(?:(?:i['’]?m|i am) (?:very |really |so )?sorry|sorry,|i apologi[sz]e|i (?:can['’]?t|cannot|can not|won['’]?t|am unable|am not able)|(?:i['’]m|i am) (?:unable|not able)|as an ai\b)/i;

export function judge(answer: Answer, rule: AcceptRule, expected: Expectation): Verdict {
  const text = answer.text.trim();
  if (rule.notRefusal && (answer.refusal !== '' || (answer.toolCalls === 0 && REFUSAL.test(text))))
    return defer('refusal');
  if (rule.notEmpty && text === '' && answer.toolCalls === 0) return defer('empty');
  if (rule.notTruncated && answer.finishReason === 'length' && !cutByCaller(answer, expected))
    return defer('truncated');
  if (rule.validJson && expected.wantsJson && answer.toolCalls === 0 && !isJson(text)) return defer('invalid-json');
  if (
    rule.minMeanLogprob !== undefined &&
    answer.meanLogprob !== undefined &&
    answer.meanLogprob < rule.minMeanLogprob
  ) {
    return defer('low-logprob');
  }
  return ACCEPT;
}

function defer(reason: string): Verdict {
  return { kind: 'defer', reason };
}

/** An answer that fills the caller's own limit would be cut off by any model. */
function cutByCaller(answer: Answer, expected: Expectation): boolean {
  if (expected.maxOutputTokens === undefined) return false;
  return answer.outputTokens === undefined || answer.outputTokens >= expected.maxOutputTokens;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
