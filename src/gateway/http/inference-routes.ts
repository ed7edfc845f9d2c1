// POST /v1/chat/completions, /v1/completions, /v1/embeddings: the way of a request begins here. It has come by a route, or by the lane.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Hints, Operation } from '../../workload/index.ts';
import { describeDecision } from '../describe-decision.ts';
import { serve } from '../serve.ts';
import type { Client, Gateway } from '../types.ts';
import { ClientStream } from './client-stream.ts';
import { parseRequest } from './parse-body.ts';
import { readHints } from './request-headers.ts';

export const INFERENCE_PATHS: ReadonlyMap<string, Operation> = new Map([
  ['/v1/chat/completions', 'chat'],
  ['/v1/completions', 'completion'],
  ['/v1/embeddings', 'embedding'],
]);

export function inferenceRoutes(app: FastifyInstance, gateway: Gateway): void {
  for (const [path, operation] of INFERENCE_PATHS) {
    // Not async: what is thrown is answered all the same, and a promise less is made for each request.
    app.post(path, ({ headers, body }, reply) => {
      const { hints, dryRun } = readHints(headers, gateway.router().callers);
      if (!dryRun) {
        return begin(gateway, operation, headers, hints, body as Buffer | undefined, () => {
          reply.hijack();
          return new ClientStream(reply.raw);
        });
      }
      const described = describeDecision(gateway, parseRequest(operation, body as Buffer | undefined, hints));
      if (described instanceof Promise) return described;
      void reply.send(described);
      return undefined;
    });
  }
}

/** Throws what the caller got wrong; a promise, which may reject with the same, only where an encoder may be waited for. */
export function begin(
  gateway: Gateway,
  operation: Operation,
  headers: IncomingHttpHeaders,
  hints: Hints,
  body: Buffer | undefined,
  open: () => Client,
): Promise<void> | undefined {
  const request = parseRequest(operation, body, hints);
  const waits = gateway.router().awaits.size > 0;
  const served = serve(gateway, request, headers, open);
  return waits ? served : undefined;
}
