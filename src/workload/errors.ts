// The workload room's error catalogue: only the start of the process can meet it.
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
} as const;
