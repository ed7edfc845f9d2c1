// Personal data that has a form: e-mail addresses, telephone, card and account numbers, US social security numbers, IP addresses.
import { IBAN_LENGTHS, passesLuhn, passesMod97 } from './numbers.ts';

export const PERSONAL_DATA = ['email', 'phone', 'iban', 'credit-card', 'us-ssn', 'ip-address'] as const;

export type PersonalData = (typeof PERSONAL_DATA)[number];

/** Whether such a thing stands in a text. All are linear: what is looked at around a place is bounded. */
export const FINDERS: Readonly<Record<PersonalData, (text: string) => boolean>> = {
  email: hasEmail,
  phone: (text) => someRun(text, isPhone),
  iban: hasIban,
  'credit-card': (text) => someRun(text, isCard),
  'us-ssn': (text) => someRun(text, isSsn),
  'ip-address': hasIpAddress,
};

/** RFC 5321 bounds: 64 characters before the sign, 255 behind it. */
const LOCAL_PART = /[\p{L}\p{N}._%+'-]$/u;
const DOMAIN = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![a-z0-9])/i;

function hasEmail(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (LOCAL_PART.test(text.slice(Math.max(0, at - 2), at)) && DOMAIN.test(text.slice(at + 1, at + 256))) return true;
  }
  return false;
}

/** Digits with what people put between them. Runs longer than any such number are cut, which only tears apart what is none. */
const RUN = /\+?\(?\d(?:[ \u00a0]?[-.()/]{0,2}[ \u00a0]?\d){4,40}/g;

/** Where a run stands, for what is around it. */
interface Place {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function someRun(text: string, is: (run: string, digits: string, place: Place) => boolean): boolean {
  RUN.lastIndex = 0;
  for (let found = RUN.exec(text); found !== null; found = RUN.exec(text)) {
    const [run] = found;
    const start = found.index;
    const end = start + run.length;
    // Within a longer name or number: an id, a hash, a version.
    if (/[\p{L}\p{N}_]/u.test(text[start - 1] ?? '') || /[\p{L}_]/u.test(withoutExtension(text, end))) continue;
    if (is(run, run.replaceAll(/\D/g, ''), { text, start, end })) {
      RUN.lastIndex = 0;
      return true;
    }
  }
  return false;
}

/** The character behind a run, "" where a telephone's extension (`x123`) begins. */
function withoutExtension(text: string, end: number): string {
  return /^ ?(?:x|ext\.?) ?\d{1,6}\b/i.test(text.slice(end, end + 12)) ? '' : (text[end] ?? '');
}

/** First digits that card schemes have given out: American Express, Diners, JCB, Visa, Mastercard, Maestro, Discover, UnionPay, Mir. */
const CARD = /^(?:3[04-9]|4|5[0-9]|6|2[2-7]|2131|1800)/;
const CARD_FORM = /^\d{12,19}$|^\d{4}(?:[ -]\d{4}){2,3}(?:[ -]\d{1,4})?$|^\d{4}[ -]\d{6}[ -]\d{4,5}$/;

function isCard(run: string, digits: string): boolean {
  if (digits.length < 12 || digits.length > 19) return false;
  return CARD_FORM.test(run) && CARD.test(digits) && passesLuhn(digits);
}

/** Areas 000, 666 and from 900 on were never given out, nor zeros alone in a group (Social Security Administration). */
const SSN = /^(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}$/;

function isSsn(run: string): boolean {
  return SSN.test(run);
}

const PHONE_WORD =
  /(?:phone|tel|call|mobile|cell|fax|contact|whatsapp|sms|text me|reach|ring|dial|telefon|handy|anruf|t[eé]l[eé]phone|tel[eé]fono)(?:[^\n]{0,24}|:\s*)$/i;
/** ISO dates and times, day.month.year, ranges of years. */
const DATE =
  /^\(?(?:(?:1[5-9]|20)\d{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])(?!\d)|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:1[5-9]|20)\d{2}(?!\d)|(?:1[5-9]|20)\d{2} ?[-/] ?(?:1[5-9]|20)\d{2}$)/;
const FOUR_OCTETS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const NORTH_AMERICAN = /^(?:\+?1[-. ]?|001[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$/;

/** With a word for it before it any number of the right length; without one only what is written as nothing else is. */
function isPhone(run: string, digits: string, { text, start }: Place): boolean {
  if (digits.length < 7 || digits.length > 15) return false;
  if (DATE.test(run) || SSN.test(run) || FOUR_OCTETS.test(run)) return false;
  if (run.startsWith('+') && digits.length >= 8) return true;
  if (NORTH_AMERICAN.test(run)) return true;
  if (PHONE_WORD.test(text.slice(Math.max(0, start - 32), start))) return true;
  if (/^\(\d{2,5}\)/.test(run) || /\(0\)/.test(run)) return true;
  const groups = run.split(/[^\d]+/).filter((group) => group !== '');
  if (groups.some((group) => group.length > 5)) return false;
  const startsAbroad = /^0\d/.test(run);
  return (
    groups.length >= (startsAbroad ? 2 : 4) &&
    groups.length <= 6 &&
    digits.length >= 8 &&
    groups.every((group) => group.length > 1)
  );
}

const IBAN_HEAD = /(?<![\p{L}\p{N}])[a-z]{2}\d{2}/giu;

function hasIban(text: string): boolean {
  for (const { 0: head, index } of text.matchAll(IBAN_HEAD)) {
    const length = IBAN_LENGTHS[head.slice(0, 2).toUpperCase()];
    if (length === undefined) continue;
    // With a blank after every four characters at most.
    const near = text.slice(index, index + length + Math.ceil(length / 4));
    const [written = ''] = /^[a-z0-9]+(?: [a-z0-9]+)*/i.exec(near) ?? [];
    const iban = written.replaceAll(' ', '').slice(0, length).toUpperCase();
    if (iban.length === length && passesMod97(iban)) return true;
  }
  return false;
}

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`;
const IPV4 = new RegExp(String.raw`(?<![\d.])${OCTET}(?:\.${OCTET}){3}(?![\d.]*\d)`, 'g');
const IPV6 = /(?<![\w:.])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![\w:])/gi;

/** Addresses of the machine itself, and versions of four numbers, are nobody's. */
function hasIpAddress(text: string): boolean {
  for (const { 0: address, index } of text.matchAll(IPV4)) {
    const before = text.slice(Math.max(0, index - 10), index);
    if (!/^(?:0|127)\./.test(address) && !/(?:\bv|version )$/i.test(before)) return true;
  }
  for (const { 0: address } of text.matchAll(IPV6)) {
    const groups = address.split(':');
    const short = address.split('::').length - 1;
    if (/\d/.test(address) && (short === 1 ? groups.length <= 8 : short === 0 && groups.length === 8)) return true;
  }
  return false;
}
