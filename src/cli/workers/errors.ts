// What keeps several workers from serving; these end the process and never reach a caller.
import { defineError } from '../../base/index.ts';

const operator = {
  status: 500,
  openaiCode: 'configuration_error',
  openaiType: 'api_error',
  blame: 'gateway',
  retryable: false,
} as const;

export const workerErrors = {
  /** reason: what the same would have said without workers. */
  refused: defineError({ ...operator, code: 'SLUICE_CLI_WORKER_REFUSED', message: (reason: string) => reason }),
  dieAtStart: defineError({
    ...operator,
    code: 'SLUICE_CLI_WORKERS_DIE',
    message: (times: number, how: string) =>
      `workers died ${times} times in a row before they could serve (the last one: ${how}); what they printed stands above`,
  }),
} as const;
