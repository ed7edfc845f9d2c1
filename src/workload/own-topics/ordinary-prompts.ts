// Prompts of no topic in particular: what a topic's examples are held against where one topic stands alone.
import { readFileSync } from 'node:fs';

const ASSET = new URL('../assets/ordinary-prompts.txt', import.meta.url);

/** About five hundred short prompts, one a line of the asset; the project's own writing. */
export function loadOrdinaryPrompts(): readonly string[] {
  return readFileSync(ASSET, 'utf8').trimEnd().split('\n');
}
