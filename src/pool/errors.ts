// The pools' error catalogue: what can go wrong between Sluice and a model server.
import { defineError, type ErrorSpec } from '../base/index.ts';

const upstream = { openaiType: 'api_error', blame: 'upstream', retryable: true } as const;

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
    message: (pool: string) => `The model server of pool "${pool}" did not take the connection in time.`,
  }),
  firstByteTimeout: defineError({
    ...upstream,
    code: 'SLUICE_POOL_FIRST_BYTE_TIMEOUT',
    status: 504,
    openaiCode: 'upstream_timeout',
    message: (pool: string) => `The model server of pool "${pool}" did not begin to answer in time.`,
  }),
  stalled: defineError({
    ...upstream,
    code: 'SLUICE_POOL_STALLED',
    status: 504,
    openaiCode: 'upstream_stalled',
    message: (pool: string) => `The model server of pool "${pool}" stopped sending in the middle of its answer.`,
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
  noEndpoint: defineError({
    ...upstream,
    code: 'SLUICE_POOL_NO_ENDPOINT',
    // About one probe interval.
    retryAfterSeconds: 2,
    status: 503,
    openaiCode: 'no_healthy_upstream',
    message: (pool: string) => `No endpoint of pool "${pool}" can take a request right now.`,
  }),
} as const satisfies Record<string, { spec: ErrorSpec<[string]> }>;
