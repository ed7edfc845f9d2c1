// Prompts of no topic in particular: what a topic's examples are held against where one topic stands alone.
import { readFileSync } from 'node:fs';
import { ownFile } from '../../base/index.ts';

const ASSET = ownFile('workload/assets/ordinary-prompts.txt');

/** About five hundred short prompts, one a line of the asset; the project's own writing. */
export function loadOrdinaryPrompts(): readonly string[] {
  return readFileSync(ASSET, 'utf8').trimEnd().split('\n');
}
