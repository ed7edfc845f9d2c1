// What tells the API's operations apart on the wire: one row each.
import type { Operation } from '../workload/index.ts';

export interface OperationWire {
  /** Below a model server's base URL. */
  readonly upstreamPath: string;
  /** The list that every answer has. */
  readonly listKey: 'choices' | 'data';
  /** For messages. */
  readonly answerName: string;
}

export const OPERATIONS: Readonly<Record<Operation, OperationWire>> = {
  chat: { upstreamPath: '/chat/completions', listKey: 'choices', answerName: 'a chat completion' },
  completion: { upstreamPath: '/completions', listKey: 'choices', answerName: 'a completion' },
  embedding: { upstreamPath: '/embeddings', listKey: 'data', answerName: 'a list of embeddings' },
};
