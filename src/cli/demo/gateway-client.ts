// The demo's side of the wire: what it asks a running gateway, over undici.
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Pool } from 'undici';
import type { Price } from './types.ts';

const ModelsBody = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      owned_by: Type.Optional(Type.String()),
      price: Type.Optional(
        Type.Union([Type.Object({ input_per_mtok: Type.Number(), output_per_mtok: Type.Number() }), Type.Null()]),
      ),
    }),
  ),
});
const ChatAnswer = Type.Object({
  choices: Type.Array(Type.Object({ message: Type.Object({ content: Type.Union([Type.String(), Type.Null()]) }) }), {
    minItems: 1,
  }),
  usage: Type.Object({ prompt_tokens: Type.Number(), completion_tokens: Type.Number() }),
});
const FeedbackAnswer = Type.Object({ status: Type.String() });
const ErrorBody = Type.Object({
  error: Type.Object({ message: Type.String(), sluice_code: Type.Optional(Type.String()) }),
});

const isModels = Compile(ModelsBody);
const isAnswer = Compile(ChatAnswer);
const isFeedback = Compile(FeedbackAnswer);
const isError = Compile(ErrorBody);

/** Longer than any answer of the embedded fleet takes. */
const ANSWER_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Nothing answered: refused, reset, timed out, or called off. */
export class NoAnswerError extends Error {
  constructor(cause: unknown) {
    super((cause as { code?: string }).code ?? (cause as Error).name, { cause });
    this.name = 'NoAnswerError';
  }
}

/** Something answered, but not with what was asked for. */
export class BadAnswerError extends Error {}

export interface Served {
  readonly decisionId: string;
  readonly pool: string;
  readonly text: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

export interface Offer {
  readonly aliases: readonly string[];
  /** By pool, cheapest first. */
  readonly prices: ReadonlyMap<string, Price>;
}

export interface GatewayClient {
  /** What may be asked for. All calls throw NoAnswerError and BadAnswerError. */
  offer(): Promise<Offer>;
  ask(model: string, prompt: string, signal: AbortSignal): Promise<Served>;
  /** What the gateway made of it: counted, stored or duplicate. */
  feedback(decisionId: string, score: number, signal: AbortSignal): Promise<string>;
  alive(): Promise<boolean>;
  close(): Promise<void>;
}

/** `url` with or without `/v1` at its end. */
export function createGatewayClient(url: string, connections: number): GatewayClient {
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
  const pool = new Pool(origin, {
    connections,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    connectTimeout: PROBE_TIMEOUT_MS,
  });

  async function call<T extends TSchema>(
    path: string,
    check: { Check(value: unknown): boolean },
    options: { body?: object; signal?: AbortSignal },
  ): Promise<{ body: Static<T>; header: (name: string) => string }> {
    let status: number;
    let headers: Record<string, string | string[] | undefined>;
    let text: string;
    try {
      const response = await pool.request({
        path: prefix + path,
        method: options.body === undefined ? 'GET' : 'POST',
        headers: options.body === undefined ? {} : { 'content-type': 'application/json' },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: options.signal,
      });
      ({ statusCode: status, headers } = response);
      text = await response.body.text();
    } catch (error) {
      throw new NoAnswerError(error);
    }
    const body = parse(text);
    if (status !== 200)
      throw new BadAnswerError(`${status} ${isError.Check(body) ? codeOf(body) : 'without a reason'}`);
    if (!check.Check(body)) throw new BadAnswerError(`an answer to ${path} without what the demo reads`);
    return { body: body as Static<T>, header: (name) => String(headers[name] ?? '') };
  }

  return {
    offer: async () => {
      const { body } = await call<typeof ModelsBody>('/v1/models', isModels, {
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS * 2),
      });
      const prices = body.data.flatMap(({ id, owned_by, price }): [string, Price][] =>
        owned_by === 'sluice-pool' && price !== undefined && price !== null
          ? [[id, { inputPerMTok: price.input_per_mtok, outputPerMTok: price.output_per_mtok }]]
          : [],
      );
      prices.sort(([, a], [, b]) => a.inputPerMTok + a.outputPerMTok - b.inputPerMTok - b.outputPerMTok);
      const aliases = body.data.filter((entry) => entry.owned_by === 'sluice-alias').map(({ id }) => id);
      return { aliases, prices: new Map(prices) };
    },
    ask: async (model, prompt, signal) => {
      const request = { model, messages: [{ role: 'user', content: prompt }] };
      const { body, header } = await call<typeof ChatAnswer>('/v1/chat/completions', isAnswer, {
        body: request,
        signal,
      });
      return {
        decisionId: header('x-sluice-decision-id'),
        pool: header('x-sluice-pool'),
        text: body.choices[0]?.message.content ?? '',
        usage: { inputTokens: body.usage.prompt_tokens, outputTokens: body.usage.completion_tokens },
      };
    },
    feedback: async (decisionId, score, signal) => {
      const request = { decision_id: decisionId, score, source: 'demo' };
      const { body } = await call<typeof FeedbackAnswer>('/v1/feedback', isFeedback, { body: request, signal });
      return body.status;
    },
    alive: async () => {
      try {
        const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
        const response = await pool.request({ path: `${prefix}/healthz`, method: 'GET', signal });
        await response.body.dump();
        return response.statusCode === 200;
      } catch {
        return false;
      }
    },
    close: () => pool.destroy(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function codeOf({ error }: Static<typeof ErrorBody>): string {
  return error.sluice_code ?? error.message;
}
