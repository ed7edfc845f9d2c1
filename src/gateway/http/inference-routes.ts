// POST /v1/chat/completions, /v1/completions, /v1/embeddings: the way of a request begins here.
import type { FastifyInstance } from 'fastify';
import type { Operation } from '../../workload/index.ts';
import { describeDecision } from '../describe-decision.ts';
import { serve } from '../serve.ts';
import type { Gateway } from '../types.ts';
import { ClientStream } from './client-stream.ts';
import { parseRequest } from './parse-body.ts';
import { readHints } from './request-headers.ts';

const ROUTES: readonly (readonly [path: string, operation: Operation])[] = [
  ['/v1/chat/completions', 'chat'],
  ['/v1/completions', 'completion'],
  ['/v1/embeddings', 'embedding'],
];

export function inferenceRoutes(app: FastifyInstance, gateway: Gateway): void {
  for (const [path, operation] of ROUTES) {
    // Not async: what is thrown is answered all the same, and a promise less is made for each request.
    app.post(path, (request, reply) => {
      const { hints, dryRun } = readHints(request.headers, gateway.router().callers);
      const inference = parseRequest(operation, request.body as Buffer | undefined, hints);
      const waits = gateway.router().awaits.size > 0;
      if (dryRun) {
        const described = describeDecision(gateway, inference);
        if (described instanceof Promise) return described;
        void reply.send(described);
        return undefined;
      }
      const served = serve(gateway, inference, request.headers, () => {
        reply.hijack();
        return new ClientStream(reply.raw);
      });
      // What is rejected while an encoder is waited for is answered too.
      return waits ? served : undefined;
    });
  }
}
