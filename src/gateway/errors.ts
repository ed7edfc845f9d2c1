// The gateway's own error catalogue: what a caller got wrong on the wire, and what Sluice could not do for them.
import { defineError } from '../base/index.ts';

const client = { openaiType: 'invalid_request_error', blame: 'client', retryable: false } as const;

export const gatewayErrors = {
  invalidJson: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_INVALID_JSON',
    status: 400,
    openaiCode: 'invalid_json',
    message: (detail: string) => `The body is not valid JSON: ${detail}.`,
  }),
  invalidField: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_INVALID_FIELD',
    status: 400,
    openaiCode: 'invalid_value',
    message: (field: string, detail: string) => `Field "${field}": ${detail}.`,
  }),
  bodyTooLarge: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_BODY_TOO_LARGE',
    status: 413,
    openaiCode: 'request_too_large',
    message: (limitBytes: number) => `The body is larger than ${limitBytes} bytes.`,
  }),
  unsupportedMediaType: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_UNSUPPORTED_MEDIA_TYPE',
    status: 415,
    openaiCode: 'unsupported_media_type',
    message: (given: string) => `Send the body as application/json, not as "${given}".`,
  }),
  packedBody: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_PACKED_BODY',
    status: 415,
    openaiCode: 'unsupported_content_encoding',
    message: (given: string) => `Send the body as it is, not packed with "${given}".`,
  }),
  notFound: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_NOT_FOUND',
    status: 404,
    openaiCode: 'unknown_url',
    message: (method: string, url: string) => `Nothing answers ${method} ${url} here.`,
  }),
  badRequest: defineError({
    ...client,
    code: 'SLUICE_GATEWAY_BAD_REQUEST',
    status: 400,
    openaiCode: 'bad_request',
    message: (detail: string) => `The request could not be read: ${detail}.`,
  }),
  overloaded: defineError({
    openaiType: 'rate_limit_error',
    blame: 'gateway',
    retryable: true,
    retryAfterSeconds: 1,
    code: 'SLUICE_GATEWAY_OVERLOADED',
    status: 429,
    openaiCode: 'too_many_requests',
    message: (limit: number) => `${limit} requests are under way here, which is the policy's limit.`,
  }),
  badAnswer: defineError({
    openaiType: 'api_error',
    blame: 'upstream',
    retryable: true,
    code: 'SLUICE_GATEWAY_BAD_ANSWER',
    status: 502,
    openaiCode: 'upstream_bad_answer',
    message: (pool: string, detail: string) => `The model server of pool "${pool}" answered ${detail}.`,
  }),
  draining: defineError({
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: true,
    code: 'SLUICE_GATEWAY_DRAINING',
    status: 503,
    openaiCode: 'shutting_down',
    message: () => 'This gateway is shutting down.',
  }),
  internal: defineError({
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: true,
    code: 'SLUICE_GATEWAY_INTERNAL',
    status: 500,
    openaiCode: 'internal_error',
    message: () => 'Something went wrong inside Sluice; the log says what.',
  }),
} as const;
