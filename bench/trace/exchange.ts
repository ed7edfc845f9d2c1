// One planned request over HTTP, timed from when it was meant to be sent, and the score of its answer back as feedback.
import { Agent, request } from 'undici';
import type { Planned } from './schedule.ts';

const ANSWER_MS = 180_000;

/** completed: 200 and whole. cut: a stream that ended with an error event, or without [DONE]. failed: anything else. */
export type Ending = 'completed' | 'cut' | 'failed';

export interface Exchanged {
  readonly atMs: number;
  readonly stream: boolean;
  readonly ending: Ending;
  readonly status: number;
  /** '' when it completed. */
  readonly why: string;
  readonly decisionId: string;
  readonly pool: string;
  /** From the intended time to the first piece of a stream, and to the end. */
  readonly ttftMs: number | undefined;
  readonly e2eMs: number;
  readonly outputTokens: number | undefined;
  readonly wantedTokens: number;
  /** What the gateway said of the feedback; undefined: none was sent. */
  readonly feedback: string | undefined;
}

export interface Client {
  /** `elapsed`: milliseconds since the start of the run. Never rejects. */
  send(planned: Planned, elapsed: () => number): Promise<Exchanged>;
  close(): Promise<void>;
}

interface Got {
  readonly status: number;
  readonly why: string;
  readonly ending: Ending;
  readonly decisionId: string;
  readonly pool: string;
  readonly model: string;
  readonly firstMs: number | undefined;
  readonly outputTokens: number | undefined;
}

export function createClient(url: string, models: readonly string[]): Client {
  const dispatcher = new Agent({ connections: 512, bodyTimeout: ANSWER_MS, headersTimeout: ANSWER_MS });
  const post = (path: string, body: object, headers: Readonly<Record<string, string>>) =>
    request(`${url}${path}`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  async function ask(planned: Planned, elapsed: () => number): Promise<Got> {
    const response = await post(
      '/v1/chat/completions',
      {
        model: 'auto',
        messages: planned.messages,
        max_tokens: planned.outputTokens,
        ...(planned.stream && { stream: true, stream_options: { include_usage: true } }),
      },
      planned.session === undefined ? {} : { 'x-sluice-session': planned.session },
    );
    const header = (name: string): string => String(response.headers[name] ?? '');
    const about = {
      status: response.statusCode,
      decisionId: header('x-sluice-decision-id'),
      pool: header('x-sluice-pool'),
      model: header('x-sluice-model'),
    };
    let firstMs: number | undefined;
    let text = '';
    let broken = '';
    response.body.setEncoding('utf8');
    try {
      for await (const piece of response.body) {
        firstMs ??= elapsed();
        text += String(piece);
      }
    } catch (error) {
      broken = `connection: ${messageOf(error)}`;
    }
    if (response.statusCode !== 200) {
      return { ...about, ending: 'failed', why: text.slice(0, 300), firstMs: undefined, outputTokens: undefined };
    }
    const outputTokens = tokensOf(text);
    if (!planned.stream) {
      const whole = broken === '' && outputTokens !== undefined;
      const why = whole ? '' : broken || `no usage in ${text.slice(0, 200)}`;
      return { ...about, ending: whole ? 'completed' : 'failed', why, firstMs: undefined, outputTokens };
    }
    const errorEvent = /^data: (\{"error".*)$/m.exec(text)?.[1];
    const whole = broken === '' && errorEvent === undefined && text.trimEnd().endsWith('data: [DONE]');
    const why = whole ? '' : (errorEvent ?? broken) || 'no [DONE]';
    return { ...about, ending: whole ? 'completed' : 'cut', why, firstMs, outputTokens };
  }

  async function rate(planned: Planned, got: Got): Promise<string | undefined> {
    const score = planned.scores[models.indexOf(got.model)];
    if (!planned.feedback || got.ending !== 'completed' || score === undefined) return undefined;
    try {
      const response = await post('/v1/feedback', { decision_id: got.decisionId, score, source: 'bench' }, {});
      const answer = (await response.body.json()) as { readonly status?: string };
      return answer.status ?? `HTTP ${response.statusCode}`;
    } catch (error) {
      return `failed: ${messageOf(error)}`;
    }
  }

  return {
    send: async (planned, elapsed) => {
      const got = await ask(planned, elapsed).catch((error: unknown): Got => ({
        status: 0,
        ending: 'failed',
        why: messageOf(error),
        decisionId: '',
        pool: '',
        model: '',
        firstMs: undefined,
        outputTokens: undefined,
      }));
      const e2eMs = elapsed() - planned.atMs;
      const { status, ending, why, decisionId, pool, firstMs, outputTokens } = got;
      return {
        atMs: planned.atMs,
        stream: planned.stream,
        ending,
        status,
        why,
        decisionId,
        pool,
        ttftMs: firstMs === undefined ? undefined : firstMs - planned.atMs,
        e2eMs,
        outputTokens,
        wantedTokens: planned.outputTokens,
        feedback: await rate(planned, got),
      };
    },
    close: () => dispatcher.close(),
  };
}

function tokensOf(text: string): number | undefined {
  const tokens = /"completion_tokens": ?(\d+)/.exec(text)?.[1];
  return tokens === undefined ? undefined : Number(tokens);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
