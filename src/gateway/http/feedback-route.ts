// POST /v1/feedback: somebody's word on an answer; on disk before it is acknowledged.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { DecisionId } from '../../base/index.ts';
import type { Gateway } from '../types.ts';
import { parseFeedback } from './parse-body.ts';
import { idempotencyKeyOf } from './request-headers.ts';

export const FEEDBACK_PATH = '/v1/feedback';

export function feedbackRoute(app: FastifyInstance, gateway: Gateway): void {
  app.post(FEEDBACK_PATH, ({ headers, body }) => takeFeedback(gateway, headers, body as Buffer | undefined));
}

/** What the answer says; rejects with what is wrong with it. */
export async function takeFeedback(
  { ledger }: Pick<Gateway, 'ledger'>,
  headers: IncomingHttpHeaders,
  bytes: Buffer | undefined,
): Promise<object> {
  const body = parseFeedback(bytes);
  const result = await ledger.feedback({
    // Its shape is the ledger's to check: an id that cannot be is one that is not on record.
    decisionId: body.decision_id as DecisionId,
    score: body.score,
    label: body.label,
    rater: body.rater,
    source: body.source ?? 'user',
    idempotencyKey: idempotencyKeyOf(headers),
  });
  return { object: 'feedback', decision_id: body.decision_id, status: result.status, reason: result.reason ?? null };
}
