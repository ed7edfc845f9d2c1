// The pools' error catalogue: what can go wrong between Sluice and a model server.
import { defineError } from '../base/index.ts';

const upstream = { openaiType: 'api_error', blame: 'upstream', retryable: true } as const;
const queue = { openaiType: 'rate_limit_error', blame: 'gateway', retryable: true, status: 429 } as const;

export const poolErrors = {
  unreachable: defineError({
    ...upstream,
    code: 'SLUICE_POOL_UNREACHABLE',
    status: 502,
    openaiCode: 'upstream_unreachable',
    message: (pool: string) => `No connection to the model server of pool "${pool}".`,
  }),
  connectTimeout: defineError({
    ...upstream,
    code: 'SLUICE_POOL_CONNECT_TIMEOUT',
    status: 504,
    openaiCode: 'upstream_connect_timeout',
    message: (pool: string, limitMs: number) =>
      `The model server of pool "${pool}" did not take the connection within ${limitMs} ms.`,
  }),
  firstByteTimeout: defineError({
    ...upstream,
    code: 'SLUICE_POOL_FIRST_BYTE_TIMEOUT',
    status: 504,
    openaiCode: 'upstream_timeout',
    message: (pool: string, limitMs: number) =>
      `The model server of pool "${pool}" did not begin to answer within ${limitMs} ms.`,
  }),
  stalled: defineError({
    ...upstream,
    code: 'SLUICE_POOL_STALLED',
    status: 504,
    openaiCode: 'upstream_stalled',
    message: (pool: string, limitMs: number) =>
      `The model server of pool "${pool}" sent nothing for ${limitMs} ms in the middle of its answer.`,
  }),
  totalTimeout: defineError({
    ...upstream,
    code: 'SLUICE_POOL_TOTAL_TIMEOUT',
    status: 504,
    openaiCode: 'upstream_total_timeout',
    message: (pool: string, limitMs: number) =>
      `The model server of pool "${pool}" did not finish its answer within ${limitMs} ms.`,
  }),
  closed: defineError({
    ...upstream,
    code: 'SLUICE_POOL_CLOSED',
    status: 502,
    openaiCode: 'upstream_closed',
    message: (pool: string) =>
      `The model server of pool "${pool}" closed the connection before its answer was complete.`,
  }),
  protocol: defineError({
    ...upstream,
    code: 'SLUICE_POOL_PROTOCOL',
    status: 502,
    openaiCode: 'upstream_protocol_error',
    message: (pool: string) => `The model server of pool "${pool}" answered with something that is not HTTP.`,
  }),
  tooLarge: defineError({
    ...upstream,
    code: 'SLUICE_POOL_TOO_LARGE',
    status: 502,
    openaiCode: 'upstream_answer_too_large',
    message: (pool: string) => `The model server of pool "${pool}" answered with more than 64 MiB.`,
  }),
  noEndpoint: defineError({
    ...upstream,
    code: 'SLUICE_POOL_NO_ENDPOINT',
    // About one probe interval.
    retryAfterSeconds: 2,
    status: 503,
    openaiCode: 'no_healthy_upstream',
    message: (pool: string) => `No endpoint of pool "${pool}" can take a request right now.`,
  }),
  queueFull: defineError({
    ...queue,
    code: 'SLUICE_POOL_QUEUE_FULL',
    retryAfterSeconds: 1,
    openaiCode: 'queue_full',
    message: (pool: string) => `Pool "${pool}" is at its limit and so is its queue.`,
  }),
  queueTimeout: defineError({
    ...queue,
    code: 'SLUICE_POOL_QUEUE_TIMEOUT',
    retryAfterSeconds: 1,
    openaiCode: 'queue_timeout',
    message: (pool: string, limitMs: number) => `No endpoint of pool "${pool}" became free within ${limitMs} ms.`,
  }),
  leftQueue: defineError({
    ...queue,
    code: 'SLUICE_POOL_LEFT_QUEUE',
    status: 499,
    blame: 'client',
    openaiCode: 'client_closed_request',
    message: (pool: string) => `The caller left the queue of pool "${pool}".`,
  }),
} as const;
