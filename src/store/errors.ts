// The store's error catalogue: each says what an operator needs to act.
import { defineError } from '../base/index.ts';

const gateway = { openaiCode: 'internal_error', openaiType: 'api_error', blame: 'gateway', status: 500 } as const;

export const storeErrors = {
  open: defineError({
    ...gateway,
    code: 'SLUICE_STORE_OPEN',
    retryable: false,
    /** where: the directory, or the server without its password. */
    message: (where: string, reason: string) => `cannot open the store in ${where}: ${reason}`,
  }),
  inUse: defineError({
    ...gateway,
    code: 'SLUICE_STORE_IN_USE',
    retryable: false,
    message: (directory: string, pid: number) =>
      `the store in ${directory} is in use by the process with pid ${pid}: stop it, or give this one its own directory`,
  }),
  closed: defineError({
    ...gateway,
    code: 'SLUICE_STORE_CLOSED',
    retryable: true,
    message: () => 'the store is closed',
  }),
  readOnly: defineError({
    ...gateway,
    code: 'SLUICE_STORE_READ_ONLY',
    retryable: false,
    message: () => 'the store was opened for reading only',
  }),
  /** what: "key" or "collection"; length in code units. */
  key: defineError({
    ...gateway,
    code: 'SLUICE_STORE_KEY',
    retryable: false,
    message: (what: string, rule: string, length: number) => `a ${what} must have ${rule}; this one has ${length}`,
  }),
  value: defineError({
    ...gateway,
    code: 'SLUICE_STORE_VALUE',
    retryable: false,
    message: (collection: string, reason: string) => `a value for "${collection}" cannot be stored: ${reason}`,
  }),
  read: defineError({
    ...gateway,
    code: 'SLUICE_STORE_READ',
    retryable: true,
    message: (reason: string) => `the store could not read: ${reason}`,
  }),
  write: defineError({
    ...gateway,
    code: 'SLUICE_STORE_WRITE',
    retryable: true,
    message: (reason: string) => `the store could not write: ${reason}`,
  }),
} as const;

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
