// Errors carry their catalogue entry, their cause and what the caller needs to know.
import { describe, expect, it } from 'vitest';
import { assertNever } from './assert-never.ts';
import { defineError, SluiceError } from './coded-error.ts';

const tooHot = defineError({
  code: 'SLUICE_TEST_TOO_HOT',
  status: 429,
  openaiCode: 'rate_limit_exceeded',
  openaiType: 'rate_limit_error',
  blame: 'client',
  retryable: true,
  message: (degrees: number, place: string) => `${degrees} degrees in ${place}`,
});

describe('defineError', () => {
  it('makes errors with code, message and spec', () => {
    const error = tooHot(99, 'hell');
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('99 degrees in hell');
    expect(error.code).toBe('SLUICE_TEST_TOO_HOT');
    expect(error.name).toBe('SluiceError');
    expect(error.spec).toMatchObject({ status: 429, openaiType: 'rate_limit_error', blame: 'client', retryable: true });
    expect(error.param).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  it('keeps the cause and the field', () => {
    const cause = new Error('sun');
    const error = tooHot.with({ cause, param: 'place' }, 50, 'Rome');
    expect(error.message).toBe('50 degrees in Rome');
    expect(error.cause).toBe(cause);
    expect(error.param).toBe('place');
  });

  it('says when to come back: the catalogue’s word unless the error knows better', () => {
    const busy = defineError({ ...tooHot.spec, code: 'SLUICE_TEST_BUSY', retryAfterSeconds: 2, message: () => 'busy' });
    expect([tooHot(1, 'x').retryAfterSeconds, busy().retryAfterSeconds]).toEqual([undefined, 2]);
    expect(busy.with({ retryAfterSeconds: 17 }).retryAfterSeconds).toBe(17);
  });

  it('shows its catalogue entry', () => {
    expect(tooHot.spec.code).toBe('SLUICE_TEST_TOO_HOT');
  });
});

describe('assertNever', () => {
  it('fails loudly and says with what', () => {
    expect(() => assertNever({ kind: 'new' } as never)).toThrow('unreachable: {"kind":"new"}');
  });
});
