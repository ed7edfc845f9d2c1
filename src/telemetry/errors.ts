// The telemetry's error catalogue; these end the process with exit code 2 and never reach a caller.
import { defineError } from '../base/index.ts';

export const telemetryErrors = {
  badTracing: defineError({
    code: 'SLUICE_TELEMETRY_BAD_TRACING',
    status: 500,
    openaiCode: 'configuration_error',
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: false,
    message: (name: string, detail: string) => `${name}: ${detail}`,
  }),
} as const;
