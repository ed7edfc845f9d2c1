// The routes of the simulated server that ask the model: request -> job -> engine -> bytes, with faults on the way.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/index.ts';
import { BREAKING, plainSink, streamSink } from './answer-sink.ts';
import { contextLimit, fitsEngine } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { drawFault, FAULT_HEADER, readFault, type Fault, type FaultPlan } from './faults.ts';
import { usageOf, type Endpoint, type Job, type Run } from './job.ts';
import type { AnswerSource } from './plan-answer.ts';
import type { Tally } from './sim-stats.ts';
import type { StepLoop } from './step-loop.ts';
import { errorEnvelope, refusal, type WireError } from './wire-error.ts';

/** How many times slower the `slow` fault generates. */
const SLOWDOWN = 10;

const HTML = '<!doctype html><html><body><h1>Bad gateway configuration</h1></body></html>';

export interface ModelRouteOptions extends AnswerSource {
  readonly profile: EngineProfile;
  readonly faults: FaultPlan;
  readonly clock: Clock;
  readonly loop: StepLoop;
  readonly tally: Tally;
}

export function sendError(reply: FastifyReply, error: WireError): FastifyReply {
  return reply.code(error.status).headers(error.headers).send(errorEnvelope(error));
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Tokens that the engine gives a run: it cannot read a prompt without computing the next one. */
const engineTokens = ({ outputTokens }: Run): number => Math.max(1, outputTokens);

function tooLong(profile: EngineProfile, job: Job, field: string): WireError | undefined {
  const run = job.runs.find((one) => !fitsEngine(profile, one.inputTokens, engineTokens(one)));
  if (run === undefined) return undefined;
  const needed = run.inputTokens + engineTokens(run);
  const message = `This model's maximum context length is ${contextLimit(profile)} tokens; the request needs ${needed}.`;
  return refusal(400, message, field, 'context_length_exceeded');
}

/** Makes the handlers of one server; `tally.requests` must have been counted before (so that bodies that cannot be parsed count too). */
export function modelRoutes(options: ModelRouteOptions): (endpoint: Endpoint) => Handler {
  const { model, profile, loop, tally } = options;
  let ordinal = 0;
  let sequences = 0;

  function fail(reply: FastifyReply, error: WireError): FastifyReply {
    tally.failed++;
    return sendError(reply, error);
  }

  /** Counts the request once, whatever comes first: its end or the client's. */
  function settleOnce(reply: FastifyReply, onGone: () => void): (count: () => void) => void {
    let open = true;
    const settle = (count: () => void): void => {
      if (open) count();
      open = false;
    };
    reply.raw.once('close', () =>
      settle(() => {
        tally.aborted++;
        onGone();
      }),
    );
    return settle;
  }

  function faultOf(request: FastifyRequest): Fault | WireError | undefined {
    const drawn = drawFault(options.faults, options.seed, ordinal);
    const wanted = request.headers[FAULT_HEADER];
    if (wanted === undefined) return drawn;
    const fault = readFault(String(wanted));
    return typeof fault === 'string' ? refusal(400, `${FAULT_HEADER}: ${fault}`, FAULT_HEADER) : fault;
  }

  /** Runs all sequences of a job, and sends their tokens as they come. */
  function generate(reply: FastifyReply, job: Job, idPrefix: string, fault: Fault | undefined): void {
    const { runs } = job;
    const frame = {
      id: `${idPrefix}-${model}-${ordinal}`,
      model,
      createdSeconds: Math.floor(options.clock.now() / 1000),
    };
    const cached: number[] = [];
    const usage = () => usageOf(runs, cached);
    const sink = (job.stream ? streamSink : plainSink)({ raw: reply.raw, format: job.format(frame), fault, usage });
    const firstId = sequences;
    sequences += runs.length;
    const removeAll = (): number => runs.filter((_run, i) => loop.remove(firstId + i)).length;
    const settle = settleOnce(reply, () => (tally.finished.abort += removeAll()));
    const total = runs.reduce((sum, run) => sum + engineTokens(run), 0);
    const breakAt = BREAKING.has(fault?.kind) ? Math.ceil(total / 2) : Number.POSITIVE_INFINITY;
    const slowdown = fault?.kind === 'slow' ? Number(fault.value ?? SLOWDOWN) : 1;
    let sentOfAll = 0;
    for (const [i, run] of runs.entries()) {
      const { inputTokens, outputTokens, blockHashes } = run;
      let sent = 0;
      const spec = { id: firstId + i, inputTokens, outputTokens: engineTokens(run), slowdown, blockHashes };
      loop.submit(spec, (count, finished, { cachedTokens }) => {
        const from = sent;
        sent += Math.min(count, breakAt - sentOfAll);
        sentOfAll += sent - from;
        if (from === 0) {
          tally.promptTokens += inputTokens;
          cached[i] = cachedTokens;
        }
        // Of what the engine gave, a run that generates nothing has none.
        const fromToken = Math.min(from, outputTokens);
        const toToken = Math.min(sent, outputTokens);
        tally.generatedTokens += toToken - fromToken;
        if (sentOfAll >= breakAt) {
          settle(() => tally.failed++);
          removeAll();
          sink.breakOff(i, fromToken, toToken);
          return;
        }
        const last = sentOfAll === total;
        if (finished) tally.finished[run.finish]++;
        if (last) settle(() => tally.completed++);
        sink.tokens(i, fromToken, toToken, last);
      });
    }
  }

  /** The faults that need no engine; false when there is none of them. */
  function answeredByFault(request: FastifyRequest, reply: FastifyReply, fault: Fault | undefined): boolean {
    switch (fault?.kind) {
      case '429':
      case '500':
      case '503': {
        const error = refusal(Number(fault.kind), `Request refused (simulated fault ${fault.kind}).`);
        const headers = fault.value === undefined ? error.headers : { 'retry-after': fault.value };
        void fail(reply, { ...error, headers });
        return true;
      }
      case 'garbage':
      case 'html-502':
        tally.failed++;
        void reply
          .code(fault.kind === 'garbage' ? 200 : 502)
          .type('text/html')
          .send(HTML);
        return true;
      case 'not-json':
        tally.failed++;
        void reply.type('application/json').send('{"id": "chatcmpl-0", "object": ');
        return true;
      case 'hang':
      case 'stall':
        reply.hijack();
        settleOnce(reply, () => {});
        if (fault.kind === 'stall') {
          const streams = (request.body as { readonly stream?: unknown } | null)?.stream === true;
          reply.raw.writeHead(200, {
            'content-type': streams ? 'text/event-stream; charset=utf-8' : 'application/json',
          });
          reply.raw.flushHeaders();
        }
        return true;
      default:
        return false;
    }
  }

  return (endpoint) => (request, reply) => {
    ordinal++;
    const fault = faultOf(request);
    if (fault !== undefined && 'status' in fault) return fail(reply, fault);
    if (answeredByFault(request, reply, fault)) return reply;
    const job = endpoint.prepare(request.body, options, fault?.kind);
    if ('status' in job) return fail(reply, job);
    const refused = tooLong(profile, job, endpoint.promptField);
    if (refused !== undefined) return fail(reply, refused);
    reply.hijack();
    generate(reply, job, endpoint.idPrefix, fault);
    return reply;
  };
}
