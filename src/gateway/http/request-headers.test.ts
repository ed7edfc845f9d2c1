// The headers that callers may send: what each value means, and that what cannot be is refused by name.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../base/index.ts';
import { readHints } from './request-headers.ts';

describe('x-sluice-* headers', () => {
  it('say nothing when there are none', () => {
    expect(readHints({ host: 'h', 'user-agent': 'x' })).toEqual({
      hints: { session: undefined, slo: undefined, tags: {} },
      dryRun: false,
    });
  });

  it('carry session, targets, tags and the wish to decide only', () => {
    const { hints, dryRun } = readHints({
      'x-sluice-session': 's-1',
      'x-sluice-slo': 'ttft=500ms, tpot=50,e2e=1.5s',
      'x-sluice-tags': 'team=search, env=prod eu, constructor=a=b',
      'x-sluice-dry-run': 'true',
    });
    expect(hints.session).toBe('s-1');
    expect(hints.slo).toEqual({ ttftMs: 500, tpotMs: 50, e2eMs: 1500 });
    expect({ ...hints.tags }).toEqual({ team: 'search', env: 'prod eu', constructor: 'a=b' });
    expect(dryRun).toBe(true);
    expect(readHints({ 'x-sluice-dry-run': 'false' }).dryRun).toBe(false);
  });

  it.each([
    ['x-sluice-session', ''],
    ['x-sluice-session', 'x'.repeat(257)],
    ['x-sluice-slo', 'ttft'],
    ['x-sluice-slo', 'ttft=0'],
    ['x-sluice-slo', 'ttft=1,ttft=2'],
    ['x-sluice-slo', 'ttft=-5'],
    ['x-sluice-slo', 'ttft=5m'],
    ['x-sluice-slo', 'speed=5'],
    ['x-sluice-slo', 'ttft=5,'],
    ['x-sluice-tags', 'team'],
    ['x-sluice-tags', '=x'],
    ['x-sluice-tags', 'team='],
    ['x-sluice-tags', 'a=1,a=2'],
    ['x-sluice-tags', 'a b=1'],
    ['x-sluice-tags', `a=${'x'.repeat(129)}`],
    ['x-sluice-tags', 'a=caf\u00e9'],
    ['x-sluice-tags', Array.from({ length: 17 }, (_, i) => `t${i}=1`).join(',')],
    ['x-sluice-dry-run', 'yes'],
    ['x-sluice-sesion', 's-1'],
  ])('%s: %j is refused by name', (name, value) => {
    expect(() => readHints({ [name]: value })).toThrow(
      expect.objectContaining({ param: name, code: 'SLUICE_GATEWAY_INVALID_FIELD' }),
    );
  });

  it('never bring anything but a coded error, whatever they say', () => {
    const name = fc.constantFrom('x-sluice-session', 'x-sluice-slo', 'x-sluice-tags', 'x-sluice-dry-run', 'x-sluice-x');
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.string({ unit: 'binary' }))), (headers) => {
        try {
          for (const value of Object.values(readHints(headers).hints.tags))
            expect(value).toMatch(/^[\x20-\x7e]{1,128}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
    );
  });
});
