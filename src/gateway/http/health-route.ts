// GET /healthz (the process lives), /readyz (it can serve), /metrics (Prometheus).
import type { FastifyInstance } from 'fastify';
import type { Gateway } from '../types.ts';

export function healthRoute(app: FastifyInstance, gateway: Gateway): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const why = gateway.unready();
    if (why === undefined) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', reason: why });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await gateway.metrics();
    return reply.type(contentType).send(body);
  });
}
