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

/** "I can't", but not "I can't stress enough", "I cannot wait", "I can not only". */
const INABILITY =
  /\bi(?:['’]m| am)? (?:can['’]?t|can ?not|could(?:n['’]t| not)|won['’]?t|will not|unable|not able|not comfortable|do(?:n['’]t| not) feel comfortable|do(?:n['’]t| not) have (?:access|the ability|personal)|must decline|have to decline)\b(?! (?:stress|emphasi[sz]e|overstate|wait|think of|help but|only)\b)/i;
const APOLOGY =
  /^(?:(?:i['’]?m|i am)(?: very| really| so| truly)? sorry|sorry(?=,| but\b| i\b)|my apologies|i apologi[sz]e)/i;
/** Sorry for somebody, or for an earlier mistake: an answer may follow. */
const SYMPATHY = /^ (?:to hear|for|about|that|you)\b/i;
const HEDGE = /^(?:unfortunately|regrettably|as an ai)\b/i;

/** Only the beginning counts: an answer that says "I cannot" in its third paragraph is an answer. */
function isRefusal(text: string): boolean {
  const opening = /^[^\n]{0,160}/.exec(text.replace(/^\W{1,4}/, ''))?.[0] ?? '';
  const apology = APOLOGY.exec(opening)?.[0];
  if (apology !== undefined && !SYMPATHY.test(opening.slice(apology.length))) return true;
  const before = apology ?? HEDGE.exec(opening)?.[0] ?? '';
  const at = INABILITY.exec(opening.slice(before.length))?.index;
  return at !== undefined && at <= (before === '' ? 0 : 60);
}

export function judge(answer: Answer, rule: AcceptRule, expected: Expectation): Verdict {
  const text = answer.text.trim();
  if (rule.notRefusal && (answer.refusal !== '' || (answer.toolCalls === 0 && isRefusal(text))))
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
