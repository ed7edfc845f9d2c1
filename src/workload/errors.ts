// The workload room's error catalogue: only the start of the process and the command line can meet it.
import { defineError } from '../base/index.ts';

export const workloadErrors = {
  classifierAsset: defineError({
    code: 'SLUICE_WORKLOAD_CLASSIFIER_ASSET',
    status: 500,
    openaiCode: 'internal_error',
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: false,
    message: (detail: string) => `classifier asset: ${detail}`,
  }),
  noVector: defineError({
    code: 'SLUICE_WORKLOAD_NO_VECTOR',
    status: 500,
    openaiCode: 'internal_error',
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: false,
    message: (why: string) => `the encoder gave no vector of a phrase: ${why}`,
  }),
} as const;
