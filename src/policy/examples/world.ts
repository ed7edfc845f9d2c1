// What examples are made of in one policy: its expressions' language, its signals, and all that a fact can be where that is known.
import type { ASTNode } from '@marcbachmann/cel-js';
import { FEEDBACKS, TASKS, TOPIC_GROUPS, TOPICS, type Kind, type Operation } from '../../workload/index.ts';
import type { Language } from '../signals/language.ts';
import type { Plan, SignalPlan } from '../types.ts';

export interface World {
  readonly language: Language;
  readonly signals: ReadonlyMap<string, SignalPlan>;
  /** By the name of a signal: its expression. */
  readonly expressions: ReadonlyMap<string, ASTNode>;
  /** By the name of a fact: every value that it can have. */
  readonly closed: ReadonlyMap<string, readonly string[]>;
}

export function worldOf({ aliases, pools, signals, callers }: Plan, language: Language): World {
  const models = [...aliases.keys(), ...pools.keys(), ...[...pools.values()].map(({ model }) => model)];
  const closed: [string, readonly string[]][] = [
    ['topic', [...TOPICS, 'unknown']],
    ['topic_group', [...TOPIC_GROUPS, 'unknown']],
    ['task', [...TASKS, 'unknown']],
    ['feedback', FEEDBACKS],
    ['operation', ['chat', 'completion', 'embedding'] satisfies Operation[]],
    ['kind', ['chat', 'agent', 'tool-loop', 'completion', 'embedding', 'batch'] satisfies Kind[]],
    ['model', models],
    ['caller', ['', ...callers.keys()]],
    ['caller_role', ['', ...[...callers.values()].map(({ role }) => role)]],
  ];
  return {
    language,
    signals,
    expressions: new Map([...signals].map(([name, { source }]) => [name, language.written.parse(source).ast])),
    closed: new Map(closed.map(([fact, values]) => [fact, [...new Set(values)]])),
  };
}
