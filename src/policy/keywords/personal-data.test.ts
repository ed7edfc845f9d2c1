// Which numbers and addresses are taken for personal data, and which are not.
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../../base/fixtures/quickest.ts';
import { passesLuhn, passesMod97 } from './numbers.ts';
import { FINDERS, type PersonalData } from './personal-data.ts';

const CASES: Readonly<Record<PersonalData, { readonly yes: readonly string[]; readonly no: readonly string[] }>> = {
  email: {
    yes: ['write to jane.doe+test@example.co.uk.', '<x@y.io>', 'müller@beispiel.de', 'a@b.c, or d@e.com'],
    no: ['@decorator', 'user@localhost', 'a @ b.com', 'x@.com', 'git@@github', 'foo@bar.', 'npm i pkg@1.2.3'],
  },
  phone: {
    yes: [
      'Call +1-984-182-0190 now',
      'on 905-674-3793',
      '(212) 555-0199',
      '+46 (0)8 928 571 38',
      'tel. 9498777106',
      'My phone number is 467 3395',
      '345-899-3560x4587',
      '03.93.92.16.85',
      '07700 063 966',
    ],
    no: [
      'on 2024-01-02',
      '12.05.1999',
      '1999-2004',
      'id 1700000000',
      '3.141592653589793',
      '192.168.100.200',
      'order 4711 of 2024',
      '1,000,000,000',
      'a1234567890b',
      '2024-01-02 10:11:12',
      'x = 100 + 200 - 300',
    ],
  },
  iban: {
    yes: ['GB82 WEST 1234 5698 7654 32', 'de89370400440532013000', 'IBAN: FR1420041010050500013M02606.'],
    no: ['GB82 WEST 1234 5698 7654 33', 'AB12 3456 7890', 'DE89', 'XGB82WEST12345698765432'],
  },
  'credit-card': {
    yes: ['4111 1111 1111 1111', 'card 5500-0000-0000-0004', '378282246310005', '3782 822463 10005'],
    no: ['4111 1111 1111 1112', '1234567812345670', '0000000000000000', 'a4111111111111111', '41111111111111111111111'],
  },
  'us-ssn': {
    yes: ['my ssn is 123-45-6789', '123 45 6789'],
    no: [
      '000-12-3456',
      '666-12-3456',
      '912-12-3456',
      '123-00-4567',
      '123-45-0000',
      '123-45-67890',
      '1123-45-6789',
      '123-45 6789',
    ],
  },
  'ip-address': {
    yes: [
      'from 106.31.73.20:443',
      '(8.8.8.8)',
      '6e40:4041:c617:e898:c11:40d2:c669:2eb4',
      'at 2001:db8:0:1::1',
      '12:34: at 10:20:30 from 2001:db8:0:1::1',
      `a: ${'x'.repeat(34)} 6e40:4041:c617:e898:c11:40d2:c669:2eb4`,
    ],
    no: [
      '127.0.0.1',
      '0.0.0.0',
      'v1.2.3.4',
      'version 10.0.19041.1',
      '256.1.1.1',
      '1.2.3',
      '1.2.3.4.5',
      '12:34:56',
      'std::vector::at',
      'a::b::c::d',
    ],
  },
};

describe.each(Object.entries(CASES))('%s', (kind, { yes, no }) => {
  const find = FINDERS[kind as PersonalData];
  it.each(yes)('is in %j', (text) => expect(find(text)).toBe(true));
  it.each(no)('is not in %j', (text) => expect(find(text)).toBe(false));
  it('is found again in the same text', () =>
    expect(yes.map((text) => [find(text), find(text)])).toEqual(yes.map(() => [true, true])));

  it.each([
    ['digits', '1'.repeat(200_000)],
    ['digits and blanks', '1 '.repeat(100_000)],
    ['signs', '@'.repeat(200_000)],
    ['labels', `x@${'a.'.repeat(100_000)}`],
    ['heads of accounts', 'GB82 '.repeat(40_000)],
    ['colons', 'a:1:'.repeat(50_000)],
    ['dots', '1.'.repeat(100_000)],
  ])('does not run away on %s', (_name, text) => {
    expect(find(text)).toBe(false);
    expect(quickestMs(() => find(text))).toBeLessThan(1_000);
  });
});

describe('checks', () => {
  it.each([
    ['79927398713', true],
    ['79927398710', false],
    ['0', true],
  ])('Luhn of %s', (digits, expected) => {
    expect(passesLuhn(digits)).toBe(expected);
  });

  it.each([
    ['GB82WEST12345698765432', true],
    ['GB82WEST12345698765431', false],
  ])('97 of %s', (iban, expected) => {
    expect(passesMod97(iban)).toBe(expected);
  });
});
