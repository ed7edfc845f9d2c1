// Requests of the plain form, which most have, without node:http and Fastify. What is refused by its head is refused by them.
import type { Lane, LaneRequest } from '../lane/index.ts';
import type { Client, Gateway } from '../types.ts';
import { JSON_TYPE, REQUEST_TIMEOUT, tellRefusal, toRawResponse, toSluiceError } from './envelope.ts';
import { FEEDBACK_PATH, takeFeedback } from './feedback-route.ts';
import { begin, INFERENCE_PATHS } from './inference-routes.ts';
import { refusalOf } from './refusal.ts';
import { DRY_RUN, readHints } from './request-headers.ts';

/** What a connection may stay without a request, ms. */
export const KEEP_ALIVE_MS = 75_000;

export function requestLane(gateway: Gateway): Lane {
  /** Throws, or rejects with, what is then told to the client. */
  function answer({ path, headers, body }: LaneRequest, client: Client): Promise<void> | undefined {
    const operation = INFERENCE_PATHS.get(path);
    if (operation === undefined) return answerFeedback(headers, body, client);
    const { hints } = readHints(headers, gateway.router().callers);
    return begin(gateway, operation, headers, hints, body, () => client);
  }

  async function answerFeedback(headers: LaneRequest['headers'], body: Buffer, client: Client): Promise<void> {
    const result = await takeFeedback(gateway, headers, body);
    client.send(200, ['content-type', JSON_TYPE], Buffer.from(JSON.stringify(result)));
  }

  return {
    paths: new Set([...INFERENCE_PATHS.keys(), FEEDBACK_PATH]),
    mostBodyBytes: gateway.bodyLimitBytes,
    arrivalMs: gateway.arrivalMs,
    idleMs: KEEP_ALIVE_MS,
    now: () => gateway.clock.monotonicMs(),
    takes: ({ path, headers }) =>
      headers[DRY_RUN] === undefined &&
      refusalOf({ method: 'POST', url: path, headers, httpVersion: '1.1' }, gateway) === undefined,
    serve: (request, client) => {
      const refuse = (error: unknown): void => {
        const known = toSluiceError(error, request.headers['content-type'], gateway);
        tellRefusal(gateway, known);
        client.fail(known, []);
      };
      try {
        answer(request, client)?.catch(refuse);
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
