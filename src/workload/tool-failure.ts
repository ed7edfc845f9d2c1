// Did a tool fail? Told from the beginning of its result: precise before complete, because policies act on it.
import { messageText } from './message-text.ts';
import type { ChatMessage } from './types.ts';

/** Failures say so at once; what a tool found may mention errors anywhere. */
const PREFIX_UNITS = 512;

/** How programs, shells and tool runners begin when they fail. */
const FAILURE_TEXT = new RegExp(
  [
    // Error: …, error[E0308]: …, TypeError: …, java.io.IOException: …; not "Error: none", "Errors: 0", "last_error: …".
    String.raw`(?:(?:Uncaught |Unhandled )?(?:[\w$]+\.)*(?:[A-Z]\w*)?(?:Error|Exception)|error|ERROR|[Ff]atal|FATAL|panic)(?:\[\w+\]| \(\w+\))?: ?(?!\s*(?:none|None|null|no|nil|false|0|n/a|N/A)\s*(?:[.,;]|$))\S`,
    String.raw`[Ee]rror (?:executing|calling|running|invoking|while|parsing|reading|fetching)\b`,
    String.raw`Exception in thread "`,
    String.raw`Traceback \(most recent call last\)`,
    String.raw`(?:[\w./-]+: )?(?:line \d+: |\d+: )?[\w./-]+: (?:command not found|not found|Permission denied|No such file or directory)\b`,
    String.raw`[\w./-]+: command not found: `,
    String.raw`'[^'\n]{1,80}' is not recognized as an internal or external command`,
    String.raw`[Cc]ommand (?:not found|failed)\b`,
    String.raw`npm (?:ERR!|error) `,
    String.raw`(?:Process |process )?[Ee]xit(?:ed with)?(?: code| status):? [1-9]`,
    String.raw`<(?:tool_use_)?error>`,
  ]
    .map((form) => `(?:${form})`)
    .join('|'),
  'my',
);

/** Whether a message with the role tool (or function) holds a failure. */
export function isToolFailure(message: ChatMessage): boolean {
  if (message['is_error'] === true) return true;
  const { content } = message;
  if (Array.isArray(content) && content.some((part) => part?.['is_error'] === true)) return true;
  const text = messageText(message, PREFIX_UNITS);
  const begin = /\S/.exec(text)?.index ?? 0;
  if (text[begin] === '{') return saysFailure(text, begin);
  FAILURE_TEXT.lastIndex = begin;
  return FAILURE_TEXT.test(text);
}

const MEMBER = /"((?:[^"\\]|\\.)*)"\s*:\s*|"(?:[^"\\]|\\.)*"|[{}[\]]/y;

/** Of JSON that may be cut off: a member of the outermost object that says failure. */
function saysFailure(json: string, begin: number): boolean {
  // Most results have none of these words.
  if (!/error|success|"ok"|"status"/i.test(json)) return false;
  let depth = 0;
  for (let at = begin; at < json.length;) {
    MEMBER.lastIndex = at;
    const match = MEMBER.exec(json);
    if (match === null) {
      at++;
      continue;
    }
    at = MEMBER.lastIndex;
    const [token, key] = match;
    if (key !== undefined) {
      if (depth === 1 && isFailure(key, json.slice(at, at + 24))) return true;
    } else if (token === '{' || token === '[') {
      depth++;
    } else if (token === '}' || token === ']') {
      if (--depth === 0) return false;
    }
  }
  return false;
}

/** `value`: how it begins. Empty errors are how many tools say that there was none. */
function isFailure(key: string, value: string): boolean {
  switch (key) {
    case 'error':
      return !/^(?:null|false|0\b|\[\s*\]|\{\s*\}|"(?:none|no(?: errors?)?|null|ok)?"|$)/i.test(value);
    case 'success':
    case 'ok':
      return value.startsWith('false');
    case 'is_error':
    case 'isError':
      return value.startsWith('true');
    case 'status':
      return /^"error"/i.test(value);
    default:
      return false;
  }
}
