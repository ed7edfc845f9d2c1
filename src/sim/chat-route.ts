// POST /v1/chat/completions of the simulated server: request -> planned answer -> engine -> bytes, with faults on the way.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/index.ts';
import { plainWriter, streamWriter } from './answer-writer.ts';
import { parseChatRequest } from './chat-request.ts';
import { contextLimit, fitsEngine } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { drawFault, FAULT_HEADER, isFaultKind, SIM_FAULTS, type FaultKind, type FaultPlan } from './faults.ts';
import { planAnswer, type AnswerSource } from './plan-answer.ts';
import { promptBlocks } from './prompt-blocks.ts';
import type { Tally } from './sim-stats.ts';
import type { StepLoop } from './step-loop.ts';
import { errorEnvelope, refusal, type WireError } from './wire-error.ts';

/** How many times slower the `slow` fault generates. */
const SLOWDOWN = 10;

const GARBAGE = '<!doctype html><html><body><h1>Bad gateway configuration</h1></body></html>';

export interface ChatRouteOptions extends AnswerSource {
  readonly profile: EngineProfile;
  readonly faults: FaultPlan;
  readonly clock: Clock;
  readonly loop: StepLoop;
  readonly tally: Tally;
}

export function sendError(reply: FastifyReply, error: WireError): FastifyReply {
  return reply.code(error.status).headers(error.headers).send(errorEnvelope(error));
}

/** The handler; `tally.requests` must have been counted before (so that bodies that cannot be parsed count too). */
export function chatRoute(options: ChatRouteOptions): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const { model, profile, loop, tally } = options;
  let ordinal = 0;

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

  function faultOf(request: FastifyRequest): FaultKind | WireError | undefined {
    const drawn = drawFault(options.faults, options.seed, ordinal);
    const wanted = request.headers[FAULT_HEADER];
    if (wanted === undefined) return drawn;
    if (typeof wanted === 'string' && isFaultKind(wanted)) return wanted;
    return refusal(400, `${FAULT_HEADER} must be one of ${Object.keys(SIM_FAULTS).join(', ')}`, FAULT_HEADER);
  }

  function answer(request: FastifyRequest, reply: FastifyReply, fault: FaultKind | undefined): FastifyReply {
    const chat = parseChatRequest(request.body);
    if ('status' in chat) return fail(reply, chat);
    if (chat.model !== model) return fail(reply, refusal(404, `The model \`${chat.model}\` does not exist.`, 'model'));
    const plan = planAnswer(chat, options, fault);
    const total = plan.tokens.length;
    if (!fitsEngine(profile, plan.inputTokens, total)) {
      const message = `This model's maximum context length is ${contextLimit(profile)} tokens; the request needs ${plan.inputTokens + total}.`;
      return fail(reply, refusal(400, message, 'messages', 'context_length_exceeded'));
    }

    reply.hijack();
    const id = ordinal;
    const frame = {
      id: `chatcmpl-${model}-${id}`,
      model,
      createdSeconds: Math.floor(options.clock.now() / 1000),
      includeUsage: chat.includeUsage,
    };
    const writer = (chat.stream ? streamWriter : plainWriter)(reply.raw, frame, plan);
    const settle = settleOnce(reply, () => loop.remove(id));
    const cutAt = fault === 'cut' ? Math.ceil(total / 2) : Number.POSITIVE_INFINITY;
    const slowdown = fault === 'slow' ? SLOWDOWN : 1;
    let sent = 0;
    const blockHashes = promptBlocks(chat.messages, plan.inputTokens);
    const spec = { id, inputTokens: plan.inputTokens, outputTokens: total, slowdown, blockHashes };
    loop.submit(spec, (count, _finished, { cachedTokens }) => {
      const from = sent;
      sent = Math.min(sent + count, cutAt);
      if (from === 0) tally.promptTokens += plan.inputTokens;
      tally.generatedTokens += sent - from;
      if (sent >= cutAt) {
        settle(() => tally.failed++);
        loop.remove(id);
        writer.cut(from, sent, cachedTokens);
        return;
      }
      if (sent === total) settle(() => tally.completed[plan.finishReason === 'length' ? 'length' : 'stop']++);
      writer.tokens(from, sent, cachedTokens);
    });
    return reply;
  }

  return (request, reply) => {
    ordinal++;
    const fault = faultOf(request);
    if (typeof fault === 'object') return fail(reply, fault);
    switch (fault) {
      case '429':
        return fail(reply, refusal(429, 'Rate limit reached (simulated fault).'));
      case '500':
        return fail(reply, refusal(500, 'Internal server error (simulated fault).'));
      case 'garbage':
        tally.failed++;
        return reply.type('text/html').send(GARBAGE);
      case 'hang':
        reply.hijack();
        settleOnce(reply, () => {});
        return reply;
      default:
        return answer(request, reply, fault);
    }
  };
}
