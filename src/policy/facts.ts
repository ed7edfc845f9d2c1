// The facts that a `when` condition may ask about; docs/facts.md is tested against this table.
import { topicGroup, TOPICS, type Workload } from '../workload/index.ts';
import type { Fact } from './compiling.ts';

export const FACTS: readonly Fact[] = [
  {
    name: 'topic',
    type: 'string',
    description: 'The most probable topic of the last user message, or "unknown".',
    reads: 'topic',
    read: (w) => w.topic.topic,
  },
  {
    name: 'topic_confidence',
    type: 'double',
    description: 'The probability of that topic, in [0, 1].',
    reads: 'topic',
    read: (w) => w.topic.confidence,
  },
  {
    name: 'topic_p',
    type: 'map<string, double>',
    description: 'The probability of each topic, "unknown" among them: `topic_p["law"] + topic_p["health"] > 0.3`.',
    reads: 'topic',
    read: (w) => topicProbabilities(w.topic.probabilities),
  },
  {
    name: 'topic_group',
    type: 'string',
    description: 'The most probable group of topics (see below), or "unknown".',
    reads: 'topic',
    read: (w) => topicGroup(w.topic.probabilities),
  },
  {
    name: 'task',
    type: 'string',
    description: 'What the last user message asks to be done (see below), or "unknown".',
    reads: 'sight',
    read: (w) => w.sight.task.task,
  },
  {
    name: 'task_confidence',
    type: 'double',
    description: 'The probability of that task, in [0, 1].',
    reads: 'sight',
    read: (w) => w.sight.task.confidence,
  },
  {
    name: 'difficulty',
    type: 'double',
    description: 'Expected share of mid-sized models that fail at it, in [0, 1].',
    reads: 'sight',
    read: (w) => w.sight.difficulty,
  },
  {
    name: 'asks_facts',
    type: 'double',
    description: 'The probability that facts about the world are asked for, in [0, 1].',
    reads: 'sight',
    read: (w) => w.sight.asksFacts,
  },
  {
    name: 'feedback',
    type: 'string',
    description:
      'What the last user message says of the answer before it: "none", "satisfied", "unclear", "wrong" or "other" (it is wanted another way).',
    reads: 'sight',
    read: (w) => w.sight.feedback.feedback,
  },
  {
    name: 'reask',
    type: 'double',
    description: 'How much the last user message repeats one of the four before it, in [0, 1].',
    reads: 'sight',
    read: (w) => w.sight.reask,
  },
  {
    name: 'language',
    type: 'string',
    description: 'The language of the last user message (ISO 639-1, as "en"), or "unknown".',
    reads: 'sight',
    read: (w) => w.sight.language,
  },
  {
    name: 'operation',
    type: 'string',
    description: 'What is asked for: "chat", "completion" or "embedding".',
    read: (w) => w.operation,
  },
  {
    name: 'kind',
    type: 'string',
    description:
      '"chat", "agent" (tools are on offer), "tool-loop" (the turn goes on from a tool result), "completion", "embedding" or "batch".',
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
  roleFact('system', 'System and developer messages.'),
  roleFact('user', 'User messages.'),
  roleFact('assistant', 'Assistant messages.'),
  roleFact('tool', 'Tool messages.'),
  { name: 'tools', type: 'list<string>', description: 'Names of the tools on offer.', read: (w) => w.tools },
  {
    name: 'tool_results',
    type: 'int',
    description: 'Results of tools in the messages.',
    read: (w) => BigInt(w.toolResults),
  },
  {
    name: 'tool_failures',
    type: 'int',
    description: 'Those of them that look like failures.',
    read: (w) => BigInt(w.toolFailures),
  },
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
  {
    name: 'caller',
    type: 'string',
    description: 'Who of the policy\'s `callers` sent the request, told by the key; "" when nobody.',
    read: (w) => w.caller?.name ?? '',
  },
  {
    name: 'caller_role',
    type: 'string',
    description: 'The role of that caller, "" when none.',
    read: (w) => w.caller?.role ?? '',
  },
  {
    name: 'reasoning_effort',
    type: 'string',
    description: 'The `reasoning_effort` that the caller asked for, "" when none.',
    read: (w) => w.reasoningEffort ?? '',
  },
  {
    name: 'tags',
    type: 'map<string, string>',
    description: 'What the caller tagged the request with; `"team" in tags` says whether a tag is there.',
    read: (w) => w.tags,
  },
  sloFact('ttft_ms', 'ttftMs', 'The longest time to the first token that the caller asks for, in ms, 0 when none.'),
  sloFact('tpot_ms', 'tpotMs', 'The longest time per output token after the first, in ms, 0 when none.'),
  sloFact('e2e_ms', 'e2eMs', 'The longest time for the whole answer, in ms, 0 when none.'),
];

function topicProbabilities(probabilities: Float32Array): Readonly<Record<string, number>> {
  const byTopic: Record<string, number> = {};
  for (let k = 0; k < TOPICS.length; k++) byTopic[TOPICS[k] as string] = probabilities[k] ?? 0;
  byTopic['unknown'] = probabilities[TOPICS.length] ?? 1;
  return byTopic;
}

function roleFact(role: keyof Workload['roles'], description: string): Fact {
  return { name: `roles.${role}`, type: 'int', description, read: (w) => BigInt(w.roles[role]) };
}

function sloFact(field: string, key: 'ttftMs' | 'tpotMs' | 'e2eMs', description: string): Fact {
  return { name: `slo.${field}`, type: 'int', description, read: (w) => BigInt(Math.ceil(w.slo?.[key] ?? 0)) };
}
