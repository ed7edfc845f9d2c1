// What keyword sets cost by KiB of text, beside JSON.parse and SHA-256 of the same; and how well personal data is found in the Presidio sentences.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createKeywordSet, type KeywordParts } from '../src/policy/keywords/keyword-set.ts';
import { compilePattern } from '../src/policy/keywords/patterns.ts';
import { FINDERS, PERSONAL_DATA, type PersonalData } from '../src/policy/keywords/personal-data.ts';
import { Reading } from '../src/policy/keywords/reading.ts';

const { values: options } = parseArgs({ options: { data: { type: 'string', default: '../shared/data' } } });
const prompts = join(options.data, 'prompts');

const ROUNDS = 201;

interface Row {
  readonly text: string;
  /** Type, start and end of what is personal; of the Presidio sentences alone. */
  readonly spans?: readonly (readonly [string, number, number])[];
}

function rowsOf(name: string): readonly Row[] {
  const file = join(prompts, `${name}.jsonl.gz`);
  if (!existsSync(file)) throw new Error(`there is no ${file}: name the folder of the data sets with --data`);
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

const arena = rowsOf('arena_hard_v2').map(({ text }) => text);
const body = arena.filter((text) => !PERSONAL_DATA.some((kind) => FINDERS[kind](text))).join('\n\n');
/** No literal of the sets below stands in the texts: a hit would end the search. */
const text = body.slice(0, 64 * 1024).replaceAll(/gdpr|confidential|majeure/gi, '');
const kib = Buffer.byteLength(text) / 1024;
const foreign = text.replaceAll('e', 'é');

const WORDS = [...new Set(body.slice(70_000).match(/[a-z]{6,}/g))].filter((word) => !text.includes(word));

function patternOf(source: string): (read: string) => boolean {
  const pattern = compilePattern(source);
  if (pattern.kind === 'invalid') throw new Error(pattern.message);
  return pattern.test;
}

function setOf(parts: Partial<KeywordParts>): (read: string) => unknown {
  const filled = { literals: [], patterns: [], builtins: [], tolerance: 0, in: 'last', beyondHits: false } as const;
  const set = createKeywordSet({ ...filled, ...parts });
  return (read) => set.count(new Reading([read]));
}

const STEPS: readonly (readonly [name: string, step: (read: string) => unknown, text: string])[] = [
  ['JSON.parse', (read) => JSON.parse(read) as unknown, JSON.stringify({ content: text })],
  ['SHA-256', (read) => createHash('sha256').update(read).digest(), text],
  ['10 literals', setOf({ literals: WORDS.slice(0, 10) }), text],
  ['1000 literals', setOf({ literals: WORDS.slice(0, 1_000) }), text],
  ['10 literals, accents in the text', setOf({ literals: WORDS.slice(0, 10) }), foreign],
  ['10 literals, fuzzy 1', setOf({ literals: WORDS.slice(0, 10), tolerance: 1 }), text],
  ['10 literals, fuzzy 2', setOf({ literals: WORDS.slice(0, 10), tolerance: 2 }), text],
  ['pii', setOf({ builtins: PERSONAL_DATA }), text],
  ...PERSONAL_DATA.map((kind) => [`  ${kind}`, setOf({ builtins: [kind] }), text] as const),
  ['pattern with a fixed beginning', setOf({ patterns: [patternOf(String.raw`NDA-\d{4}`)] }), text],
  ['pattern without, blind to case', setOf({ patterns: [patternOf(String.raw`(?i)project\s+(apollo|zeus)`)] }), text],
  ['pattern that defeats its cache', setOf({ patterns: [patternOf('(?i)[a-q][^u-z]{13}[xq]z[xq]')] }), text],
];

console.log(`${kib.toFixed(0)} KiB of prompts; microseconds a KiB, the best and the median of ${ROUNDS} rounds`);
for (const [name, step, read] of STEPS) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.hrtime.bigint();
    step(read);
    times.push(Number(process.hrtime.bigint() - from) / 1_000 / kib);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * ROUNDS)] ?? 0).toFixed(2).padStart(8);
  console.log(`${name.padEnd(34)} ${at(0)} ${at(0.5)}`);
}

const LABELS: Readonly<Record<PersonalData, string>> = {
  email: 'EMAIL_ADDRESS',
  phone: 'PHONE_NUMBER',
  iban: 'IBAN_CODE',
  'credit-card': 'CREDIT_CARD',
  'us-ssn': 'US_SSN',
  'ip-address': 'IP_ADDRESS',
};

const sentences = rowsOf('pii_presidio');
console.log(
  '\npersonal data by sentence (presidio-research, synthetic; the recognisers were written with a look at it)',
);
const judge = (name: string, kinds: readonly PersonalData[]): void => {
  let [both, missed, extra] = [0, 0, 0];
  for (const { text: sentence, spans = [] } of sentences) {
    const is = spans.some(([label]) => kinds.some((kind) => LABELS[kind] === label));
    const hit = kinds.some((kind) => FINDERS[kind](sentence));
    if (is && hit) both++;
    else if (is) missed++;
    else if (hit) extra++;
  }
  const [recall, precision] = [both / (both + missed), both / (both + extra)];
  console.log(`${name.padEnd(14)} recall ${recall.toFixed(3)}  precision ${precision.toFixed(3)}  of ${both + missed}`);
};
judge('pii', PERSONAL_DATA);
for (const kind of PERSONAL_DATA) judge(`  ${kind}`, [kind]);
for (const name of ['clinc150', 'banking77', 'arena_hard_v2']) {
  const rows = rowsOf(name);
  const hits = PERSONAL_DATA.map((kind) => `${kind} ${rows.filter((row) => FINDERS[kind](row.text)).length}`);
  console.log(`${name}, ${rows.length} texts: ${hits.join(', ')}`);
}
