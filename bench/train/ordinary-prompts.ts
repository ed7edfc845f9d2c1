// Writes the ordinary prompts that topics of one's own are held against, from the project's own seeds: npx tsx bench/train/ordinary-prompts.ts.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVERYDAY_SEEDS } from './seeds/everyday.ts';
import { OUTSIDE_SEEDS } from './seeds/outside.ts';
import { SEEDS } from './seed-prompts.ts';

/** Of each built-in topic. An encoder reads all of them at a start without a cache, so that there are not more. */
const PER_TOPIC = 25;
const LONGEST = 160;

const byTopic = new Map<string, string[]>();
for (const { topic, text } of SEEDS.toSorted((a, b) => (digest(a.text) < digest(b.text) ? -1 : 1))) {
  const texts = byTopic.get(String(topic)) ?? [];
  if (texts.length < PER_TOPIC && text.length <= LONGEST && !text.includes('\n')) texts.push(text);
  byTopic.set(String(topic), texts);
}
const prompts = [...new Set([...[...byTopic.values()].flat(), ...OUTSIDE_SEEDS, ...EVERYDAY_SEEDS])];
const file = join(import.meta.dirname, '..', '..', 'src', 'workload', 'assets', 'ordinary-prompts.txt');
writeFileSync(file, `${prompts.join('\n')}\n`);
console.log(`${prompts.length} prompts, ${prompts.join('\n').length} characters`);

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
