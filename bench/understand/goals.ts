// What the eyes must reach, and the verdict on what was measured: PASS, FAIL, or not run. Pure.
import type { PartName, PartResult } from './types.ts';

export interface Goal {
  readonly part: PartName;
  /** Among the figures of the part. */
  readonly figure: string;
  readonly sense: '>=' | '<=';
  readonly limit: number;
}

export interface Verdict extends Goal {
  readonly found: number | undefined;
  readonly verdict: 'PASS' | 'FAIL' | 'not run';
}

/** Of the probabilities of every head, over all test rows. */
const MOST_ECE = 0.03;

const least = (part: PartName, figure: string, limit: number): Goal => ({ part, figure, sense: '>=', limit });
const most = (part: PartName, figure: string, limit: number): Goal => ({ part, figure, sense: '<=', limit });

export const GOALS: readonly Goal[] = [
  most('speed', 'us, 20 words', 12),
  most('speed', 'us, 2 KiB', 120),
  most('speed', 'us, 200,000 words', 1_000),
  least('heads', 'unknown, AUROC on clinc150', 0.94),
  ...['topic', 'task', 'difficulty', 'facts', 'feedback'].map((head) => most('heads', `ECE, ${head}`, MOST_ECE)),
  least('recipe', 'mmlu_pro', 0.82),
  least('recipe', 'llmrouter14', 0.94),
  least('recipe', 'clinc150', 0.945),
  least('recipe', 'clinc150, AUROC of out of scope', 0.94),
  least('recipe', 'banking77', 0.92),
  least('recipe', 'shift', 0.645),
  least('table', 'least lead over the reference, in standard errors', -2),
  least('semantic', 'mmlu_pro', 0.72),
  least('semantic', 'llmrouter14', 0.675),
  least('semantic', 'zeroeval', 0.852),
  least('topics', 'banking77, 5 examples, static', 0.66),
  least('topics', 'banking77, 5 examples, encoder', 0.8),
];

/** A figure that its part did not measure counts as not run; one that is no number has failed. */
export function verdicts(
  results: Readonly<Partial<Record<PartName, Pick<PartResult, 'figures'>>>>,
  goals: readonly Goal[] = GOALS,
): readonly Verdict[] {
  return goals.map((goal) => {
    const found = results[goal.part]?.figures[goal.figure];
    if (found === undefined) return { ...goal, found, verdict: 'not run' };
    const isReached = goal.sense === '>=' ? found >= goal.limit : found <= goal.limit;
    return { ...goal, found, verdict: isReached ? 'PASS' : 'FAIL' };
  });
}
