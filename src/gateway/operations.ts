// What tells the API's operations apart on the wire: one row each.
import type { Operation } from '../workload/index.ts';

export interface OperationWire {
  /** Below a model server's base URL. */
  readonly upstreamPath: string;
  /** The list that every answer has. */
  readonly listKey: 'choices' | 'data';
  /** Events of a stream that carry no token: a chat's role and finish, and `[DONE]`. */
  readonly frameEvents: number;
  /** For messages. */
  readonly answerName: string;
}

export const OPERATIONS: Readonly<Record<Operation, OperationWire>> = {
  chat: { upstreamPath: '/chat/completions', listKey: 'choices', frameEvents: 3, answerName: 'a chat completion' },
  completion: { upstreamPath: '/completions', listKey: 'choices', frameEvents: 1, answerName: 'a completion' },
  embedding: { upstreamPath: '/embeddings', listKey: 'data', frameEvents: 0, answerName: 'a list of embeddings' },
};
