// POST /v1/feedback: somebody's word on an answer; on disk before it is acknowledged.
import type { FastifyInstance } from 'fastify';
import type { DecisionId } from '../../base/index.ts';
import type { Gateway } from '../types.ts';
import { parseFeedback } from './parse-body.ts';
import { idempotencyKeyOf } from './request-headers.ts';

export function feedbackRoute(app: FastifyInstance, gateway: Gateway): void {
  app.post('/v1/feedback', async (request) => {
    const body = parseFeedback(request.body as Buffer | undefined);
    const result = await gateway.ledger.feedback({
      // Its shape is the ledger's to check: an id that cannot be is one that is not on record.
      decisionId: body.decision_id as DecisionId,
      score: body.score,
      label: body.label,
      rater: body.rater,
      source: body.source ?? 'user',
      idempotencyKey: idempotencyKeyOf(request.headers),
    });
    return { object: 'feedback', decision_id: body.decision_id, status: result.status, reason: result.reason ?? null };
  });
}
