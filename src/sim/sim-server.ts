// Starts a simulated model server: Fastify in front, one engine behind.
import Fastify, { type FastifyError } from 'fastify';
import { systemClock, type Clock } from '../base/index.ts';
import type { AnswerBook } from './answer-book.ts';
import { chatEndpoint } from './chat-endpoint.ts';
import { completionEndpoint } from './completion-endpoint.ts';
import { embeddingEndpoint } from './embedding-endpoint.ts';
import { contextLimit } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { simErrors } from './errors.ts';
import { checkFaultPlan, type FaultPlan } from './faults.ts';
import { createLatencyMeter } from './latency-meter.ts';
import { modelRoutes, sendError } from './model-route.ts';
import { createSimMetrics } from './sim-metrics.ts';
import { createTally, type SimStats } from './sim-stats.ts';
import { createStepLoop } from './step-loop.ts';
import { refusal } from './wire-error.ts';

const ENDPOINTS = [chatEndpoint, completionEndpoint, embeddingEndpoint];
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

export interface SimServerOptions {
  /** The name it serves; requests for another get 404 model_not_found. */
  readonly model: string;
  readonly profile: EngineProfile;
  readonly seed: number;
  /** Real ms for one simulated ms: 1 = real time (default), 0.1 = ten times as fast, 0 = no waiting. */
  readonly timeScale?: number;
  /** Asked for `model`; wrap it in `bookAs` to answer as another of its models. */
  readonly book?: AnswerBook;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly faults?: FaultPlan;
  readonly clock?: Clock;
}

export interface SimServer {
  /** Base URL for OpenAI clients: http://HOST:PORT/v1 */
  readonly url: string;
  readonly port: number;
  stats(): SimStats;
  /** Stops listening and drops open connections; what was in flight counts as aborted. */
  close(): Promise<void>;
}

/** Throws SLUICE_SIM_OPTIONS_INVALID for bad rates or time scale, and what `listen` throws (EADDRINUSE). */
export async function startSimServer(options: SimServerOptions): Promise<SimServer> {
  const { model, profile, seed, timeScale = 1, host = '127.0.0.1', clock = systemClock, faults = [] } = options;
  if (!(timeScale >= 0 && Number.isFinite(timeScale)))
    throw simErrors.optionsInvalid(`timeScale ${timeScale} is not >= 0`);
  checkFaultPlan(faults);
  const tally = createTally();
  const meter = createLatencyMeter();
  const loop = createStepLoop({ profile, timeScale, clock, meter });
  const metrics = createSimMetrics({ model, profile, tally, meter, snapshot: () => loop.snapshot() });
  const createdSeconds = Math.floor(clock.now() / 1000);
  const app = Fastify({ forceCloseConnections: true, bodyLimit: BODY_LIMIT_BYTES });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (ENDPOINTS.some(({ path }) => path === request.routeOptions.url)) tally.failed++;
    return sendError(reply, { ...refusal(400, error.message), status: error.statusCode ?? 500 });
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, refusal(404, `No route ${request.method} ${request.url}`, null, 'not_found')),
  );
  app.get('/health', (_request, reply) => reply.send(''));
  app.get('/metrics', async (_request, reply) => {
    const page = await metrics.page();
    return reply.type(metrics.contentType).send(page);
  });
  app.get('/v1/models', () => ({
    object: 'list',
    data: [
      {
        id: model,
        object: 'model',
        created: createdSeconds,
        owned_by: 'vllm',
        root: model,
        parent: null,
        max_model_len: contextLimit(profile),
        permission: [],
      },
    ],
  }));
  const routes = modelRoutes({ model, seed, book: options.book, profile, faults, clock, loop, tally });
  for (const endpoint of ENDPOINTS) {
    app.post(
      endpoint.path,
      {
        // Here and not in the handler: a body that cannot be parsed is a request too.
        onRequest(_request, _reply, done) {
          tally.requests++;
          done();
        },
      },
      routes(endpoint),
    );
  }
  const address = await app.listen({ host, port: options.port ?? 0 });

  return {
    url: `${address}/v1`,
    port: Number(new URL(address).port),
    stats() {
      const { kvReferences: _references, ...engine } = loop.snapshot();
      const { finished: _finished, ...counts } = tally;
      return { ...counts, ...engine };
    },
    async close() {
      loop.close();
      await app.close();
    },
  };
}
