// A prior table from a data set: the way to fit it chosen on held-back training folds, then all training folds as a file for people to read.
import type { PriorTable } from '../../src/policy/index.ts';
import { TOPICS } from '../../src/workload/index.ts';
import { HELD_BACK_FOLDS, TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { byCategory, fitModel, heldBack, type HeldBack, type Observation, type Recipe } from './prior-fit.ts';

const MEAN_STRENGTHS = [1, 3, 10, 30, 100] as const;
const SLOPE_STRENGTHS = [undefined, 3, 10, 30, 100] as const;
/** A topic of fewer prompts (most of them wrongly taken for it) is left out: it counts as overall. */
const LEAST_ROWS = 5;
const POSTERIOR = 'posterior of the topic classifier';
const CATEGORY = "topic of most prompts of the data's own category";

export type Seen = Observation & { readonly category: string };

export interface Chosen {
  readonly assignment: string;
  readonly fitted: readonly Observation[];
  readonly recipe: Recipe;
  readonly heldBack: HeldBack;
}

/**
 * How prompts are assigned to topics, and the recipe but for its slope, by squared error; then the slope by the quality of what would be
 * chosen, for slopes that predict better may still choose worse. `say` hears of every try.
 */
export function choose(seen: readonly Seen[], pool: readonly number[], say: (line: string) => void): Chosen {
  const attempt = (assignment: string, fitted: readonly Observation[], recipe: Recipe): Chosen => {
    const result = heldBack(fitted, seen, { folds: HELD_BACK_FOLDS, pool }, recipe);
    say(
      `  ${assignment}, ${JSON.stringify(recipe)}: error ${result.error.toFixed(5)}, quality ${result.quality.toFixed(4)}`,
    );
    return { assignment, fitted, recipe, heldBack: result };
  };
  const ways = [
    { assignment: POSTERIOR, fitted: seen, by: 'means' },
    { assignment: POSTERIOR, fitted: seen, by: 'regression' },
    { assignment: CATEGORY, fitted: byCategory(seen), by: 'means' },
  ] as const;
  const flat = ways
    .flatMap(({ assignment, fitted, by }) =>
      MEAN_STRENGTHS.map((mean) => attempt(assignment, fitted, { by, mean, slope: undefined })),
    )
    .reduce((best, one) => (one.heldBack.error < best.heldBack.error ? one : best));
  return SLOPE_STRENGTHS.map((slope) => attempt(flat.assignment, flat.fitted, { ...flat.recipe, slope })).reduce(
    (best, one) =>
      one.heldBack.quality > best.heldBack.quality ||
      (one.heldBack.quality === best.heldBack.quality && one.heldBack.error < best.heldBack.error)
        ? one
        : best,
  );
}

export function toTable(
  { meta, rows }: ModelScores,
  chosen: Chosen,
  about: { date: string; classifier: string },
): PriorTable {
  const training = rows.filter(({ fold }) => TRAIN_FOLDS.includes(fold));
  const models = meta.models.map(({ name, price_source, usd_per_1m_in, usd_per_1m_out }, column) => {
    const { overall, topics } = fitModel(chosen.fitted, column, chosen.recipe);
    const lengths = training.flatMap((row) => row.out_tok?.[column] ?? []);
    const known = topics.flatMap(({ quality, rows: count, at, slope }, t) => {
      if (count < LEAST_ROWS) return [];
      const difficulty = chosen.recipe.slope !== undefined && {
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
      assignment: chosen.assignment,
      recipe: chosen.recipe,
      heldBack: {
        folds: HELD_BACK_FOLDS.join(','),
        squaredError: round(chosen.heldBack.error, 5),
        quality: round(chosen.heldBack.quality, 4),
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
