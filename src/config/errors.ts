// The configuration's error catalogue; these end the process with exit code 2 and never reach a caller.
import { defineError } from '../base/index.ts';

const operator = {
  status: 500,
  openaiCode: 'configuration_error',
  openaiType: 'api_error',
  blame: 'gateway',
  retryable: false,
} as const;

export const configErrors = {
  invalid: defineError({
    ...operator,
    code: 'SLUICE_CONFIG_INVALID',
    message: (name: string, detail: string) => `${name}: ${detail}`,
  }),
  policyUnreadable: defineError({
    ...operator,
    code: 'SLUICE_CONFIG_POLICY_UNREADABLE',
    message: (path: string, detail: string) => `${path}: cannot be read: ${detail}`,
  }),
  policyInvalid: defineError({
    ...operator,
    code: 'SLUICE_CONFIG_POLICY_INVALID',
    message: (diagnostics: string) => diagnostics,
  }),
} as const;
