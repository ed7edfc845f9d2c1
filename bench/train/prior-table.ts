// A prior table from a data set: the recipe held against others on training folds, then all training folds as a file for people to read.
import type { PriorTable } from '../../src/policy/index.ts';
import { TOPICS } from '../../src/workload/index.ts';
import { TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { byCategory, fitModel, heldBack, type HeldBack, lead, type Observation, type Recipe } from './prior-fit.ts';

/** A topic of fewer prompts (most of them wrongly taken for it) is left out: it counts as overall. */
const LEAST_ROWS = 5;

export type Seen = Observation & { readonly category: string };

export interface Evidence {
  /** As heads read the prompts that were trained without their folds. */
  readonly seen: readonly Seen[];
  /** As the classifier reads them that was trained on them. */
  readonly familiar: readonly Seen[];
  readonly pool: readonly number[];
}

/**
 * The recipe on each training fold, fitted on the others; `say` hears of that and of what others would have given. Nothing is chosen here:
 * most differences are within two standard errors.
 */
export function weigh({ seen, familiar, pool }: Evidence, recipe: Recipe, say: (line: string) => void): HeldBack {
  const attempt = (fitted: readonly Observation[], other: Partial<Recipe> = {}): HeldBack =>
    heldBack(fitted, seen, { folds: TRAIN_FOLDS, pool }, { ...recipe, ...other });
  const own = attempt(seen);
  say(`  ${JSON.stringify(recipe)}: error ${own.error.toFixed(5)}, quality ${own.quality.toFixed(4)}`);
  const others: readonly (readonly [string, HeldBack])[] = [
    ['fitted to what a classifier says that was trained on the prompts', attempt(familiar)],
    ["each prompt wholly of the topic of most of its category's", attempt(byCategory(seen))],
    ['means in place of the regression', attempt(seen, { by: 'means' })],
    ['means shrunk three times as much', attempt(seen, { mean: 3 * recipe.mean })],
    ...(recipe.slope === undefined
      ? []
      : ([
          ['without difficulty', attempt(seen, { slope: undefined })],
          ['slopes shrunk three times as much', attempt(seen, { slope: 3 * recipe.slope })],
          ['slopes shrunk a third as much', attempt(seen, { slope: recipe.slope / 3 })],
        ] as const)),
  ];
  for (const [name, other] of others) {
    const { value, se } = lead(other, own);
    say(`    ${name}: error ${other.error.toFixed(5)}, quality ${signed(value)} +-${se.toFixed(4)}`);
  }
  return own;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}

export interface Fit {
  readonly fitted: readonly Observation[];
  readonly recipe: Recipe;
  readonly heldBack: HeldBack;
}

export function toTable(
  { meta, rows }: ModelScores,
  fit: Fit,
  about: { date: string; classifier: string },
): PriorTable {
  const training = rows.filter(({ fold }) => TRAIN_FOLDS.includes(fold));
  const models = meta.models.map(({ name, price_source, usd_per_1m_in, usd_per_1m_out }, column) => {
    const { overall, topics } = fitModel(fit.fitted, column, fit.recipe);
    const lengths = training.flatMap((row) => row.out_tok?.[column] ?? []);
    const known = topics.flatMap(({ quality, rows: count, at, slope }, t) => {
      if (count < LEAST_ROWS) return [];
      const difficulty = fit.recipe.slope !== undefined && {
        difficulty: { at: round(at, 3), slope: round(slope, 3) },
      };
      return [[TOPICS[t] ?? '', { quality: round(quality, 4), ...difficulty, rows: round(count, 1) }] as const];
    });
    return [
      name,
      {
        overall: round(overall, 4),
        topics: Object.fromEntries(known),
        ...(lengths.length > 0 && { outputTokens: round(lengths.reduce((a, b) => a + b, 0) / lengths.length, 1) }),
        // What is assumed is no fact.
        ...(!price_source.startsWith('A') && { price: { inputPerMTok: usd_per_1m_in, outputPerMTok: usd_per_1m_out } }),
      },
    ] as const;
  });
  const { source, commit, path, licence, score_def: score } = meta;
  return {
    version: 1,
    source: { data: meta.name, repository: source, commit, path: path.split(' (')[0], licence, score },
    fitted: {
      by: 'npm run train:priors',
      date: about.date,
      folds: TRAIN_FOLDS.join(','),
      rows: training.length,
      classifier: about.classifier,
      assignment: "posterior of heads trained without the prompt's fold",
      recipe: fit.recipe,
      heldBack: {
        folds: TRAIN_FOLDS.join(','),
        squaredError: round(fit.heldBack.error, 5),
        quality: round(fit.heldBack.quality, 4),
      },
    },
    models: Object.fromEntries(models.toSorted(([, a], [, b]) => b.overall - a.overall)),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** One topic a line, so that tables can be read and compared. */
export function format(table: PriorTable): string {
  const text = JSON.stringify(table, undefined, 1);
  const shortest = /\{\n\s+([^{}]+?)\n\s+\}/g;
  const joined = (body: string): string => `{ ${body.replaceAll(/\n\s+/g, ' ')} }`;
  // The innermost objects of at most 100 characters, then those that hold them.
  const once = (given: string): string =>
    given.replaceAll(shortest, (whole, body: string) => (joined(body).length <= 100 ? joined(body) : whole));
  const holding = /\{\n\s+("quality": [^{}]+\{[^{}\n]+\}[^{}]+?)\n\s+\}/g;
  return `${once(text).replaceAll(holding, (_whole, body: string) => joined(body))}\n`;
}
