// POST /v1/chat/completions, /v1/completions, /v1/embeddings: the way of a request begins here. It has come by the lane, or by a route.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Hints, Operation } from '../../workload/index.ts';
import { describeDecision } from '../describe-decision.ts';
import type { Lane } from '../lane/index.ts';
import { serve } from '../serve.ts';
import type { Client, Gateway } from '../types.ts';
import { ClientStream } from './client-stream.ts';
import { REQUEST_TIMEOUT, tellRefusal, toRawResponse, toSluiceError } from './envelope.ts';
import { parseRequest } from './parse-body.ts';
import { refusalOf } from './refusal.ts';
import { DRY_RUN, readHints } from './request-headers.ts';

/** What a connection may stay without a request, ms. */
export const KEEP_ALIVE_MS = 75_000;

const ROUTES: ReadonlyMap<string, Operation> = new Map([
  ['/v1/chat/completions', 'chat'],
  ['/v1/completions', 'completion'],
  ['/v1/embeddings', 'embedding'],
]);

export function inferenceRoutes(app: FastifyInstance, gateway: Gateway): void {
  for (const [path, operation] of ROUTES) {
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

/** The same for requests of the plain form, which most have, without node:http and Fastify. What is refused by its head is refused by them. */
export function inferenceLane(gateway: Gateway): Lane {
  return {
    paths: new Set(ROUTES.keys()),
    mostBodyBytes: gateway.bodyLimitBytes,
    arrivalMs: gateway.arrivalMs,
    idleMs: KEEP_ALIVE_MS,
    now: () => gateway.clock.monotonicMs(),
    takes: ({ path, headers }) =>
      headers[DRY_RUN] === undefined &&
      refusalOf({ method: 'POST', url: path, headers, httpVersion: '1.1' }, gateway) === undefined,
    serve: ({ path, headers, body }, client) => {
      const refuse = (error: unknown): void => {
        const known = toSluiceError(error, headers['content-type'], gateway);
        tellRefusal(gateway, known);
        client.fail(known, []);
      };
      try {
        const operation = ROUTES.get(path);
        if (operation === undefined) throw new Error('the lane has taken a path that is none of its own');
        const { hints } = readHints(headers, gateway.router().callers);
        begin(gateway, operation, headers, hints, body, () => client)?.catch(refuse);
      } catch (error) {
        refuse(error);
      }
    },
    refuse: (why) => {
      const { known, text } = toRawResponse(why === 'late' ? REQUEST_TIMEOUT : undefined);
      tellRefusal(gateway, known);
      return text;
    },
  };
}

/** Throws what the caller got wrong; a promise, which may reject with the same, only where an encoder may be waited for. */
function begin(
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
