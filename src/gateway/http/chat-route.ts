// POST /v1/chat/completions: the way of a request begins here.
import type { FastifyInstance } from 'fastify';
import { serve } from '../serve.ts';
import type { Gateway } from '../types.ts';
import { ClientStream } from './client-stream.ts';
import { parseChatRequest } from './parse-body.ts';
import { sessionOf } from './request-headers.ts';

export function chatRoute(app: FastifyInstance, gateway: Gateway): void {
  app.post('/v1/chat/completions', (request, reply) => {
    const chat = parseChatRequest(request.body as Buffer | undefined, sessionOf(request.headers));
    void serve(gateway, chat, request.headers, () => {
      reply.hijack();
      return new ClientStream(reply.raw);
    });
  });
}
