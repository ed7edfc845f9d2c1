// The router's error catalogue.
import { defineError } from '../base/index.ts';

export const routerErrors = {
  modelNotFound: defineError({
    code: 'SLUICE_ROUTER_MODEL_NOT_FOUND',
    status: 404,
    openaiCode: 'model_not_found',
    openaiType: 'invalid_request_error',
    blame: 'client',
    retryable: false,
    message: (model: string, known: string) => `The model "${model}" does not exist here. Ask for one of: ${known}.`,
  }),
  confined: defineError({
    code: 'SLUICE_ROUTER_CONFINED',
    status: 403,
    openaiCode: 'request_confined',
    openaiType: 'invalid_request_error',
    blame: 'client',
    retryable: false,
    message: (model: string, why: string) => `Nothing that "${model}" leads to may answer this request: it is ${why}.`,
  }),
  contextLength: defineError({
    code: 'SLUICE_ROUTER_CONTEXT_LENGTH',
    status: 400,
    openaiCode: 'context_length_exceeded',
    openaiType: 'invalid_request_error',
    blame: 'client',
    retryable: false,
    message: (tokens: number, largest: number) =>
      `The request needs about ${tokens} tokens (input and requested output); the largest context window on this route is ${largest}.`,
  }),
  inputLimit: defineError({
    code: 'SLUICE_ROUTER_INPUT_LIMIT',
    status: 400,
    openaiCode: 'input_limit_exceeded',
    openaiType: 'invalid_request_error',
    blame: 'client',
    retryable: false,
    message: (tokens: number, limit: number) =>
      `The request has about ${tokens} input tokens; at most ${limit} are taken here.`,
  }),
  outputLimit: defineError({
    code: 'SLUICE_ROUTER_OUTPUT_LIMIT',
    status: 400,
    openaiCode: 'output_limit_exceeded',
    openaiType: 'invalid_request_error',
    blame: 'client',
    retryable: false,
    message: (tokens: number, limit: number) =>
      `The request asks for up to ${tokens} output tokens; at most ${limit} may be asked for here.`,
  }),
  noHealthyPool: defineError({
    code: 'SLUICE_ROUTER_NO_HEALTHY_POOL',
    // About one probe interval.
    retryAfterSeconds: 2,
    status: 503,
    openaiCode: 'no_healthy_upstream',
    openaiType: 'api_error',
    blame: 'upstream',
    retryable: true,
    message: (route: string, pools: string) =>
      `No endpoint of the pools that may answer on route "${route}" is healthy right now (${pools}).`,
  }),
} as const;
