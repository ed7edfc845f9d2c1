// What no request can be: facts that rule one another out, so that no example is made up of them.
import { subsetsOf } from './domains.ts';

type Value = (fact: string) => unknown;

interface Rule {
  readonly facts: readonly string[];
  readonly holds: (value: Value) => boolean;
}

const CHAT_KINDS: readonly unknown[] = ['chat', 'agent', 'tool-loop'];
/** What only a chat has: nothing of it in a completion or an embedding. */
const OF_CHATS = ['roles.system', 'roles.assistant', 'roles.tool', 'tool_results', 'tool_failures', 'images'];
const COUNTED = ['roles.system', 'roles.user', 'roles.assistant', 'roles.tool'];

const count = (value: unknown): number => Number(value ?? 0);
const isEmpty = (list: unknown): boolean => (list as readonly string[]).length === 0;
const isChatKind = (kind: unknown): boolean => CHAT_KINDS.includes(kind);

export const RULES: readonly Rule[] = [
  {
    facts: ['operation', 'kind'],
    holds: (value) => {
      const kind = value('kind');
      if (kind === 'batch') return value('operation') !== 'embedding';
      return value('operation') === (isChatKind(kind) ? 'chat' : kind);
    },
  },
  { facts: ['kind', 'stream'], holds: (value) => !(value('kind') === 'embedding' && value('stream') === true) },
  {
    facts: ['operation', 'stream'],
    holds: (value) => !(value('operation') === 'embedding' && value('stream') === true),
  },
  {
    facts: ['kind', 'tools'],
    holds: (value) => {
      const kind = value('kind');
      if (kind === 'tool-loop' || kind === 'batch') return true;
      return isEmpty(value('tools')) === (kind !== 'agent');
    },
  },
  { facts: ['operation', 'tools'], holds: (value) => value('operation') === 'chat' || isEmpty(value('tools')) },
  ...OF_CHATS.flatMap((fact): Rule[] => [
    {
      facts: ['kind', fact],
      holds: (value) => isChatKind(value('kind')) || value('kind') === 'batch' || count(value(fact)) === 0,
    },
    { facts: ['operation', fact], holds: (value) => value('operation') === 'chat' || count(value(fact)) === 0 },
  ]),
  { facts: ['roles.user', 'turns'], holds: (value) => value('roles.user') === value('turns') },
  { facts: ['roles.tool', 'tool_results'], holds: (value) => value('roles.tool') === value('tool_results') },
  ...['tool_results', 'roles.tool'].map((fact): Rule => ({
    facts: ['tool_failures', fact],
    holds: (value) => count(value('tool_failures')) <= count(value(fact)),
  })),
  ...['turns', 'tool_results', 'tool_failures'].map((fact): Rule => ({
    facts: ['messages', fact],
    holds: (value) => count(value(fact)) <= count(value('messages')),
  })),
  ...subsetsOf(COUNTED).map((roles): Rule => ({
    facts: ['messages', ...roles],
    holds: (value) => roles.reduce((sum, role) => sum + count(value(role)), 0) <= count(value('messages')),
  })),
];
