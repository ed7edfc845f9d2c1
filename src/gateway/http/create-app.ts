// The HTTP server: bodies stay bytes, every error leaves as an envelope, one file a route.
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { gatewayErrors } from '../errors.ts';
import type { Gateway } from '../types.ts';
import { decideRoute } from './decide-route.ts';
import { toEnvelope, toRawResponse, toSluiceError } from './envelope.ts';
import { feedbackRoute } from './feedback-route.ts';
import { healthRoute } from './health-route.ts';
import { inferenceRoutes } from './inference-routes.ts';
import { modelsRoute } from './models-route.ts';

/** A request is given a minute to arrive whole; its answer has no such limit. */
const ARRIVAL_MS = 60_000;

export function createApp(gateway: Gateway): FastifyInstance {
  function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const known = toSluiceError(error, request.headers['content-type'], gateway);
    gateway.publish({ kind: 'request-rejected', code: known.code, status: known.spec.status });
    const envelope = toEnvelope(known);
    void reply.code(envelope.status).headers(envelope.headers).send(envelope.body);
  }

  const app = fastify({
    logger: false,
    bodyLimit: gateway.bodyLimitBytes,
    // Idle connections are closed on shutdown; those with an answer under way are waited for, and what else they ask for is refused below.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: ARRIVAL_MS,
    connectionTimeout: 0,
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      const { known, text } = toRawResponse(error);
      gateway.publish({ kind: 'request-rejected', code: known.code, status: known.spec.status });
      socket.end(text);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] ?? '';
    throw gatewayErrors.notFound(request.method, path.slice(0, 200));
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const refused = request.method === 'POST' && gateway.unready() !== undefined;
    done(refused ? gatewayErrors.draining() : undefined);
  });
  inferenceRoutes(app, gateway);
  decideRoute(app, gateway);
  modelsRoute(app, gateway);
  feedbackRoute(app, gateway);
  healthRoute(app, gateway);
  return app;
}
