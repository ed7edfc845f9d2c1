// The HTTP server: bodies stay bytes, every error leaves as an envelope, one file a route.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { gatewayErrors } from '../errors.ts';
import { openLane } from '../lane/index.ts';
import type { Gateway } from '../types.ts';
import { decideRoute } from './decide-route.ts';
import { tellRefusal, toEnvelope, toRawResponse, toSluiceError } from './envelope.ts';
import { feedbackRoute } from './feedback-route.ts';
import { healthRoute } from './health-route.ts';
import { inferenceRoutes } from './inference-routes.ts';
import { modelsRoute } from './models-route.ts';
import { KEEP_ALIVE_MS, requestLane } from './request-lane.ts';
import { refusalOf, UNKNOWN_EXPECTATION } from './refusal.ts';

/** How late, as a share of that time, a request that does not arrive is found out. */
const ARRIVAL_CHECKS = 12;

export function createApp(gateway: Gateway): FastifyInstance {
  function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const known = toSluiceError(error, request.headers['content-type'], gateway);
    // Of an upload that broke off the client error handler has told, or there is nobody left.
    if (!isBroken(request.raw)) tellRefusal(gateway, known);
    const envelope = toEnvelope(known);
    void reply.code(envelope.status).headers(envelope.headers).send(envelope.body);
  }

  const app = fastify({
    logger: false,
    bodyLimit: gateway.bodyLimitBytes,
    // Idle connections are closed on shutdown; those with an answer under way are waited for, and what else they ask for is refused below.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: gateway.arrivalMs,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: 1024 },
    // No route has a schema: the compilers of schemas are not loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    http: {
      headersTimeout: gateway.arrivalMs,
      connectionsCheckingInterval: Math.ceil(gateway.arrivalMs / ARRIVAL_CHECKS),
      // Refused below, with an envelope.
      requireHostHeader: false,
    },
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      if (answerHasBegun(socket)) {
        // Whatever were written now would become a part of that answer.
        socket.destroy();
        return;
      }
      const { known, text } = toRawResponse(error.code);
      tellRefusal(gateway, known);
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
  app.addHook('onRequest', (request, _reply, done) => done(refusalOf(request.raw, gateway)));
  // Node would answer with an empty 417.
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    request.headers.expect = UNKNOWN_EXPECTATION;
    app.server.emit('request', request, response);
  });
  inferenceRoutes(app, gateway);
  decideRoute(app, gateway);
  modelsRoute(app, gateway);
  feedbackRoute(app, gateway);
  healthRoute(app, gateway);
  openLane(app.server, requestLane(gateway));
  return app;
}

function noSchemas(): never {
  throw new Error('a route has a schema, and nothing here reads one');
}

/** The connection ended before the request was whole. */
function isBroken({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

/** node:http keeps the answer under way there, and looks at it in its own handler for the same reason. */
function answerHasBegun(socket: Duplex): boolean {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;
}
