// POST /v1/route: takes a chat completion's body, answers the decision: `x-sluice-dry-run` as a call of its own.
import type { FastifyInstance } from 'fastify';
import { describeDecision } from '../describe-decision.ts';
import type { Gateway } from '../types.ts';
import { parseRequest } from './parse-body.ts';
import { readHints } from './request-headers.ts';

export function decideRoute(app: FastifyInstance, gateway: Gateway): void {
  app.post('/v1/route', async (request) => {
    const { hints } = readHints(request.headers, gateway.router().callers);
    return describeDecision(gateway, parseRequest('chat', request.body as Buffer | undefined, hints));
  });
}
