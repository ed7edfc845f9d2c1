// Prompts that look like people's: no two alike, so that no cache between them and the upstream can help.
import type { Random } from '../../src/base/index.ts';

const SUBJECTS: readonly (readonly string[])[] = [
  'function|array|pointer|deadlock|regular expression|SQL query|recursion|compiler|TypeScript type|HTTP header|unit test|git rebase'.split(
    '|',
  ),
  'integral|prime number|matrix|derivative|triangle|probability|polynomial|proof by induction|eigenvalue|geometric series'.split(
    '|',
  ),
  'blood pressure|vaccine|migraine|antibiotic|fracture|insulin|allergy|blood test|heart rate|sleep apnoea'.split('|'),
  'contract|landlord|trademark|will|easement|negligence|appeal|tax return|licence|non-compete clause'.split('|'),
  'French Revolution|Silk Road|Roman senate|printing press|Cold War|Ottoman court|plague|suffrage movement|Meiji era'.split(
    '|',
  ),
  'sourdough|birthday party|train journey|vegetable garden|cover letter|short story|toast for a wedding|bedtime tale'.split(
    '|',
  ),
  'bridge|gear box|heat pump|transistor|turbine blade|concrete beam|water filter|antenna|stepper motor'.split('|'),
];

const TASKS =
  'Explain|Summarise|Compare|Write a note about|Find the mistake in|Give three examples of|Translate into plain words|Argue against|Estimate|List the risks of|Draft a plan for|Check'.split(
    '|',
  );

const WORDS =
  'the a of and to in that it is was for on are with as at be this have from or had by but some what there we can out other were all your when up use how each which she do their time if will way about many then them write would like so these her long make thing see him two has look more day could go come did number sound no most people my over know water than call first who may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father'.split(
    ' ',
  );

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Exactly so many ASCII characters that JSON writes as they are: a task, then sentences around one subject. */
export function promptOf(characters: number, random: Random): string {
  const subjects = pick(SUBJECTS, random);
  let text = `${pick(TASKS, random)} the ${pick(subjects, random)}, number ${Math.floor(random() * 1e6)}.`;
  while (text.length < characters) {
    const words = Array.from({ length: 5 + Math.floor(random() * 12) }, () =>
      random() < 0.15 ? pick(subjects, random) : pick(WORDS, random),
    );
    const sentence = words.join(' ');
    text += ` ${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${random() < 0.2 ? '?' : '.'}`;
  }
  return text.slice(0, characters);
}
