// POST /v1/route: what would be decided for a chat request, and why; nothing is sent, recorded or learnt.
import type { FastifyInstance } from 'fastify';
import { explain } from '../../router/index.ts';
import { startRun, workloadFacts } from '../run.ts';
import type { Gateway } from '../types.ts';
import { parseChatRequest } from './parse-body.ts';
import { sessionOf } from './request-headers.ts';
import { toSnakeCase } from './snake-case.ts';

export function decideRoute(app: FastifyInstance, gateway: Gateway): void {
  app.post('/v1/route', async (request) => {
    const chat = parseChatRequest(request.body as Buffer | undefined, sessionOf(request.headers));
    const { decision, workload } = startRun(gateway, chat, request.headers);
    const { id, at, ...said } = decision;
    void id;
    return toSnakeCase({
      object: 'decision',
      at: new Date(at).toISOString(),
      ...said,
      workload: workloadFacts(workload),
      reasons: explain(decision),
    });
  });
}
