// The HTTP server: bodies stay bytes, every error leaves as an envelope, one file a route.
import fastify, { type FastifyInstance } from 'fastify';
import { gatewayErrors } from '../errors.ts';
import type { Gateway } from '../types.ts';
import { chatRoute } from './chat-route.ts';
import { decideRoute } from './decide-route.ts';
import { toEnvelope, toSluiceError } from './envelope.ts';
import { feedbackRoute } from './feedback-route.ts';
import { healthRoute } from './health-route.ts';
import { modelsRoute } from './models-route.ts';

export function createApp(gateway: Gateway): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: gateway.bodyLimitBytes,
    // Idle connections are closed on shutdown; those with an answer under way are waited for.
    forceCloseConnections: 'idle',
    requestTimeout: 0,
    // A body is given a minute; an answer has no such limit.
    connectionTimeout: 0,
    keepAliveTimeout: 75_000,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = toSluiceError(error, gateway.bodyLimitBytes, (bug) => gateway.reportBug(bug));
    gateway.publish({ kind: 'request-rejected', code: known.code, status: known.spec.status });
    const envelope = toEnvelope(known);
    return reply.code(envelope.status).headers(envelope.headers).send(envelope.body);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const envelope = toEnvelope(gatewayErrors.notFound(request.method, path.slice(0, 200)));
    return reply.code(envelope.status).headers(envelope.headers).send(envelope.body);
  });
  chatRoute(app, gateway);
  decideRoute(app, gateway);
  modelsRoute(app, gateway);
  feedbackRoute(app, gateway);
  healthRoute(app, gateway);
  return app;
}
