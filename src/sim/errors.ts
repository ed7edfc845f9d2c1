// The sim room's error catalogue: bad options and bad answer books, found at start and never during a request.
import { defineError } from '../base/index.ts';

/** The simulator's own mistakes are those of whoever started it; trying again cannot help. */
const START = {
  status: 500,
  openaiCode: 'internal_error',
  openaiType: 'api_error',
  blame: 'gateway',
  retryable: false,
} as const;

export const simErrors = {
  bookAbsent: defineError({
    ...START,
    code: 'SLUICE_SIM_BOOK_ABSENT',
    message: (book: string, file: string) => `answer book ${book}: cannot read ${file}`,
  }),
  bookMalformed: defineError({
    ...START,
    code: 'SLUICE_SIM_BOOK_MALFORMED',
    message: (book: string, reason: string) => `answer book ${book}: ${reason}`,
  }),
  optionsInvalid: defineError({
    ...START,
    code: 'SLUICE_SIM_OPTIONS_INVALID',
    message: (reason: string) => `simulated server: ${reason}`,
  }),
} as const;
