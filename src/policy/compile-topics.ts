// The topics of a policy: phrases that are enough, different and of one topic each; names that mean one thing.
import { DEFAULT_THRESHOLD, MIN_EXAMPLES, type OwnTopic, TOPICS } from '../workload/index.ts';
import type { PolicyText } from './document.ts';
import type { Diagnostic, Path } from './compiling.ts';
import type { WellShaped } from './well-shaped.ts';

const BUILT_IN: readonly string[] = [...TOPICS, 'unknown'];

export function compileTopics(text: PolicyText, document: WellShaped, found: Diagnostic[]): OwnTopic[] {
  /** Normal form of every example, and whose it is: a counter-example may well be another topic's example. */
  const owners = new Map<string, string>();
  return [...document.topics].flatMap(([name, topic]): OwnTopic[] => {
    const path: Path = ['topics', name];
    if (BUILT_IN.includes(name))
      found.push(text.at(path, `"${name}" is a built-in topic; a name means one thing`, { key: true }));
    if (topic === undefined) return [];
    const { examples, not = [], threshold = DEFAULT_THRESHOLD } = topic;
    if (examples.length < MIN_EXAMPLES) {
      const count = `${examples.length} ${examples.length === 1 ? 'example is' : 'examples are'}`;
      const message = `${count} too few: ${MIN_EXAMPLES} are the least, 5 to 20 are good`;
      found.push(text.at([...path, 'examples'], message));
    }
    const places = new Map<string, string>();
    const check = (list: 'examples' | 'not', phrases: readonly string[]): void => {
      for (const [i, phrase] of phrases.entries()) {
        const key = normalForm(phrase);
        const [place, owner] = [places.get(key), list === 'examples' ? owners.get(key) : undefined];
        const at: Path = [...path, list, i];
        if (key === '') found.push(text.at(at, 'expected a phrase, found white space'));
        else if (place !== undefined) found.push(text.at(at, `the same phrase as ${place} of this topic`));
        else if (owner !== undefined) found.push(text.at(at, `also an example of topic "${owner}"`));
        places.set(key, place ?? `${list}[${i}]`);
        if (list === 'examples' && owner === undefined) owners.set(key, name);
      }
    };
    check('examples', examples);
    check('not', not);
    return [{ name, examples, not, threshold }];
  });
}

/** Case and white space make no other phrase. */
function normalForm(phrase: string): string {
  return phrase.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
