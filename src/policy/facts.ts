// The facts that a `when` condition may ask about, and the CEL environment made of them; docs/facts.md is tested against this table.
import { Environment } from '@marcbachmann/cel-js';
import type { Workload } from '../workload/index.ts';
import type { Condition, Fact, Facts } from './types.ts';

export const FACTS: readonly Fact[] = [
  {
    name: 'topic',
    type: 'string',
    description: 'The most probable topic of the last user message, or "unknown".',
    read: (w) => w.topic.topic,
  },
  {
    name: 'topic_confidence',
    type: 'double',
    description: 'The probability of that topic, in [0, 1].',
    read: (w) => w.topic.confidence,
  },
  {
    name: 'kind',
    type: 'string',
    description: '"chat", "agent" (tools are on offer) or "tool-loop" (the turn goes on from a tool result).',
    read: (w) => w.kind,
  },
  {
    name: 'model',
    type: 'string',
    description: 'The alias that the caller asked for.',
    read: (w) => w.requestedModel,
  },
  {
    name: 'tokens.input',
    type: 'int',
    description: 'Estimated input tokens of the whole request.',
    read: (w) => BigInt(w.tokens.input),
  },
  {
    name: 'tokens.max_output',
    type: 'int',
    description: 'The output limit that the caller set, 0 when none.',
    read: (w) => BigInt(Math.floor(w.tokens.maxOutput ?? 0)),
  },
  { name: 'turns', type: 'int', description: 'User messages in the request.', read: (w) => BigInt(w.turns) },
  { name: 'messages', type: 'int', description: 'All messages in the request.', read: (w) => BigInt(w.messages) },
  { name: 'tools', type: 'list<string>', description: 'Names of the tools on offer.', read: (w) => w.tools },
  { name: 'images', type: 'int', description: 'Images in the messages.', read: (w) => BigInt(w.images) },
  { name: 'stream', type: 'bool', description: 'The caller wants a stream.', read: (w) => w.stream },
  {
    name: 'json',
    type: 'bool',
    description: 'The caller asked for JSON by `response_format`.',
    read: (w) => w.wantsJson,
  },
  {
    name: 'system',
    type: 'string',
    description: 'Fingerprint of the system prompt (16 hex digits), "" when there is none.',
    read: (w) => w.system ?? '',
  },
  {
    name: 'session',
    type: 'string',
    description:
      'The session key: `x-sluice-session`, else `prompt_cache_key`, else a hash of how the conversation began.',
    read: (w) => w.session,
  },
];

const environment = buildEnvironment();

export function readFacts(workload: Workload): Facts {
  const facts: Record<string, unknown> = {};
  for (const fact of FACTS) {
    const [group, field] = fact.name.split('.');
    if (group === undefined) continue;
    if (field === undefined) facts[group] = fact.read(workload);
    else ((facts[group] ??= {}) as Record<string, unknown>)[field] = fact.read(workload);
  }
  return facts;
}

/** Compiles a CEL expression; `at` is the offset in the expression that the message is about. */
export function compileCondition(
  source: string,
):
  | { readonly kind: 'condition'; readonly test: Condition; readonly topic: boolean }
  | { readonly kind: 'invalid'; readonly message: string; readonly at: number } {
  try {
    const expression = environment.parse(source);
    const checked = expression.check();
    if (!checked.valid) return invalid(checked.error);
    if (checked.type !== 'bool') {
      return { kind: 'invalid', message: `a condition must be true or false, this is of type ${checked.type}`, at: 0 };
    }
    return {
      kind: 'condition',
      topic: /\btopic(?:_confidence)?\b/.test(source),
      test: (facts) => {
        try {
          return expression(facts) === true;
        } catch (error) {
          return { failed: firstLine(error) };
        }
      },
    };
  } catch (error) {
    return invalid(error);
  }
}

function invalid(error: unknown): { readonly kind: 'invalid'; readonly message: string; readonly at: number } {
  const range = (error as { range?: { start?: number } } | undefined)?.range;
  const message = firstLine(error);
  const hint = /^(?:Unknown variable|No such key)/.test(message)
    ? `; facts are ${FACTS.map((f) => f.name).join(', ')}`
    : '';
  return { kind: 'invalid', message: `${message}${hint}`, at: range?.start ?? 0 };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function buildEnvironment(): Environment {
  const env = new Environment({ limits: { maxAstNodes: 1000, maxDepth: 50 } });
  const groups = new Map<string, Record<string, string>>();
  for (const fact of FACTS) {
    const [group, field] = fact.name.split('.');
    if (group === undefined) continue;
    if (field === undefined) env.registerVariable(group, fact.type);
    else groups.set(group, { ...groups.get(group), [field]: fact.type });
  }
  for (const [name, schema] of groups) env.registerVariable({ name, schema });
  return env;
}
