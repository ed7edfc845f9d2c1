// The feedback room's error catalogue.
import { defineError } from '../base/index.ts';

const client = { openaiType: 'invalid_request_error', blame: 'client', retryable: false } as const;

export const feedbackErrors = {
  unknownDecision: defineError({
    ...client,
    code: 'SLUICE_FEEDBACK_UNKNOWN_DECISION',
    status: 404,
    openaiCode: 'decision_not_found',
    message: (id: string) => `No decision "${id}" is on record. The id is in the answer's x-sluice-decision-id header.`,
  }),
  keyReused: defineError({
    ...client,
    code: 'SLUICE_FEEDBACK_KEY_REUSED',
    status: 409,
    openaiCode: 'idempotency_key_reused',
    message: (key: string) => `The Idempotency-Key "${key}" was used before for a different feedback.`,
  }),
  newerRecords: defineError({
    openaiCode: 'internal_error',
    openaiType: 'api_error',
    blame: 'gateway',
    retryable: false,
    code: 'SLUICE_FEEDBACK_NEWER_RECORDS',
    status: 500,
    message: (key: string, version: string) =>
      `The row "${key}" of the decision log has version ${version}, which this Sluice does not know: another version of it wrote it.`,
  }),
} as const;
