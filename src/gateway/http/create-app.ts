// The HTTP server: bodies stay bytes, every error leaves as an envelope, one file a route.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { SluiceError } from '../../base/index.ts';
import { gatewayErrors } from '../errors.ts';
import type { Gateway } from '../types.ts';
import { callerOf } from './caller.ts';
import { decideRoute } from './decide-route.ts';
import { toEnvelope, toRawResponse, toSluiceError } from './envelope.ts';
import { feedbackRoute } from './feedback-route.ts';
import { healthRoute } from './health-route.ts';
import { inferenceRoutes } from './inference-routes.ts';
import { modelsRoute } from './models-route.ts';

/** How late, as a share of that time, a request that does not arrive is found out. */
const ARRIVAL_CHECKS = 12;

export function createApp(gateway: Gateway): FastifyInstance {
  function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const known = toSluiceError(error, request.headers['content-type'], gateway);
    // Of an upload that broke off the client error handler has told, or there is nobody left.
    if (!isBroken(request.raw)) {
      gateway.publish({ kind: 'request-rejected', code: known.code, status: known.spec.status });
    }
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
    keepAliveTimeout: 75_000,
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
  return app;
}

const UNKNOWN_EXPECTATION = 'unknown';

function noSchemas(): never {
  throw new Error('a route has a schema, and nothing here reads one');
}

/** What is refused by its head alone. */
function refusalOf({ method, url, headers, httpVersion }: IncomingMessage, gateway: Gateway): SluiceError | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return gatewayErrors.badRequest('it has no host header');
  if (headers.expect === UNKNOWN_EXPECTATION) return gatewayErrors.badRequest('it expects what is not known here');
  const { callers } = gateway.router();
  if (callers?.required === true && url?.startsWith('/v1/') === true && callerOf(headers, callers) === undefined) {
    return gatewayErrors.unknownCaller();
  }
  if (method !== 'POST') return undefined;
  if (gateway.unready() !== undefined) return gatewayErrors.draining();
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === 'identity'
    ? undefined
    : gatewayErrors.packedBody(encoding.slice(0, 100));
}

/** The connection ended before the request was whole. */
function isBroken({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

/** node:http keeps the answer under way there, and looks at it in its own handler for the same reason. */
function answerHasBegun(socket: Duplex): boolean {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;
}
