// Requests of several kinds made of real prompts, split by the data sets' folds: 0-6 may be fitted on, 7-9 are for reporting.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ChatMessage, InferenceRequest } from '../../src/workload/index.ts';

export interface Corpus {
  readonly name: string;
  readonly requests: readonly InferenceRequest[];
}

interface Row {
  readonly id?: string;
  readonly prompt?: string;
  readonly text?: string;
  readonly answer?: string;
}

export type Part = 'fit' | 'report';

export function loadCorpora(data: string, part: Part): readonly Corpus[] {
  const read = (file: string): readonly Row[] =>
    gunzipSync(readFileSync(join(data, file)))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      .filter((row) => foldOf(row.prompt ?? row.text ?? row.id ?? '') < 7 === (part === 'fit'));
  const mmlu = read('mmlu_pro/queries.jsonl.gz').map(textOf);
  const tasks = read('llmrouter14/queries.jsonl.gz').map(textOf);
  const maths = read('zeroeval/queries.jsonl.gz').map(textOf);
  const arena = read('prompts/arena_hard_v2.jsonl.gz').map(textOf);
  const assistant = read('prompts/clinc150.jsonl.gz').map(textOf);
  const pii = read('prompts/pii_presidio.jsonl.gz').map(textOf);
  const answers = read('answers/answers.jsonl.gz').map((row) => row.answer ?? '');
  return [
    { name: 'chat: exam questions (mmlu_pro)', requests: mmlu.map((text) => chat([user(text)])) },
    { name: 'chat: 14 tasks (llmrouter14)', requests: tasks.map((text) => chat([user(text)])) },
    { name: 'chat: maths and code (zeroeval)', requests: maths.map((text) => chat([user(text)])) },
    { name: 'chat: hard prompts (arena_hard)', requests: arena.map((text) => chat([SYSTEM, user(text)])) },
    { name: 'chat: short commands (clinc150)', requests: assistant.map((text) => chat([user(text)])) },
    { name: 'chat: conversations', requests: answers.map((_, i) => conversation(maths, answers, i)) },
    { name: 'agent: commands with tools', requests: assistant.map((text, i) => agent(text, i)) },
    { name: 'tool-loop: steps of an agent', requests: assistant.map((text, i) => loop(text, answers, i)) },
    { name: 'completion: answers to go on from', requests: answers.map(completion) },
    { name: 'embedding: sentences (presidio)', requests: pii.map(embedding) },
    { name: 'batch: several prompts a call', requests: tasks.map((_, i) => completion(batchOf(tasks, i))) },
  ];
}

/** The data sets' own rule: SHA-1 of the prompt, modulo 10. */
function foldOf(text: string): number {
  return Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 10n);
}

function textOf({ prompt, text }: Row): string {
  return prompt ?? text ?? '';
}

const SYSTEM: ChatMessage = {
  role: 'system',
  content: 'You are a helpful assistant. Think first, then answer in short.',
};

function user(content: string): ChatMessage {
  return { role: 'user', content };
}

const hints = { session: undefined, slo: undefined, tags: {} };

function chat(messages: readonly ChatMessage[], tools?: readonly unknown[]): InferenceRequest {
  const body = { model: 'auto', messages, ...(tools === undefined ? {} : { tools }) };
  return { operation: 'chat', body, bytes: Buffer.from(JSON.stringify(body)), hints };
}

function completion(prompt: string | readonly string[]): InferenceRequest {
  const body = { model: 'auto', prompt };
  return { operation: 'completion', body, bytes: Buffer.from(JSON.stringify(body)), hints };
}

function embedding(input: string): InferenceRequest {
  const body = { model: 'auto', input };
  return { operation: 'embedding', body, bytes: Buffer.from(JSON.stringify(body)), hints };
}

function batchOf(texts: readonly string[], at: number): readonly string[] {
  return Array.from({ length: 2 + (at % 7) }, (_, i) => texts[(at + i * 31) % texts.length] ?? '');
}

function conversation(questions: readonly string[], answers: readonly string[], at: number): InferenceRequest {
  const messages = [SYSTEM];
  for (let turn = 0; turn <= at % 4; turn++) {
    messages.push(user(questions[(at * 7 + turn) % questions.length] ?? ''));
    if (turn < at % 4) messages.push({ role: 'assistant', content: answers[(at + turn * 13) % answers.length] ?? '' });
  }
  return chat(messages);
}

const VERBS = ['get', 'search', 'create', 'update', 'delete', 'list'];
const THINGS = [
  'weather_forecast',
  'calendar_event',
  'bank_transfer',
  'restaurant_booking',
  'flight',
  'to_do_item',
  'song',
];

function tool(at: number): unknown {
  const verb = VERBS[at % VERBS.length] ?? '';
  const thing = THINGS[at % THINGS.length] ?? '';
  const words = thing.replaceAll('_', ' ');
  const properties: Record<string, unknown> = {
    query: { type: 'string', description: `Which ${words} to ${verb}, in the user's own words` },
    limit: { type: 'integer', minimum: 1, maximum: 50, description: 'How many results to return at most' },
  };
  if (at % 2 === 0)
    properties['date'] = { type: 'string', format: 'date', description: 'Day in ISO 8601, e.g. 2024-05-17' };
  if (at % 3 === 0) properties['unit'] = { type: 'string', enum: ['metric', 'imperial'] };
  const parameters = { type: 'object', properties, required: ['query'], additionalProperties: false };
  const description = `${verb} a ${words} for the user. Call it only when the user has asked for it and everything needed is known.`;
  return { type: 'function', function: { name: `${verb}_${thing}`, description, parameters } };
}

function toolsOf(at: number): readonly unknown[] {
  return Array.from({ length: 1 + (at % 9) }, (_, i) => tool(at + i));
}

function agent(text: string, at: number): InferenceRequest {
  return chat([SYSTEM, user(text)], toolsOf(at));
}

function loop(text: string, findings: readonly string[], at: number): InferenceRequest {
  const messages = [SYSTEM, user(text)];
  for (let step = 0; step <= at % 3; step++) {
    const id = `call_${at}_${step}`;
    const input = JSON.stringify({ query: text, limit: 5 });
    const call = { id, type: 'function', function: { name: `search_${THINGS[at % 7] ?? ''}`, arguments: input } };
    messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    const found = {
      results: [{ id: at * 7919, score: (at % 100) / 100, text: findings[(at + step) % findings.length] }],
    };
    messages.push({ role: 'tool', tool_call_id: id, content: JSON.stringify(found) });
  }
  return chat(messages, toolsOf(at));
}
