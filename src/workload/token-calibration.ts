// LLM input tokens as the upstreams count them: the estimate from a text's shape, corrected by what they report of answered requests.
import { createCell, FRAME_FEATURES, observeCell, refreshCell, type Cell } from './calibration-cell.ts';
import { parseStored, type StoredCell, type StoredTokenCalibration } from './stored-calibration.ts';
import { TOKEN_FEATURES, TOKENS_PER } from './token-estimate.ts';
import type { Kind, Workload } from './types.ts';

export interface TokenCalibration {
  /**
   * LLM input tokens of the request for that model: a whole number, at least 0. Rests on the reports of this kind and model; where they are
   * few, on those of the model, else of the kind, else on all, else on the bare estimate.
   */
  readonly inputTokens: (workload: Workload, model: string) => number;
  /** What an upstream reported for an answered request; reports that are no positive number are ignored. */
  observe(workload: Workload, model: string, reportedInputTokens: number): void;
  /** Additive: what two replicas stored can both be added to a third. */
  toStored(): StoredTokenCalibration;
  /** Adds what another has seen; false, and nothing is added, where it is malformed or of other features. */
  addStored(stored: unknown): boolean;
}

/** Beyond this many, the cell that came first is forgotten: pools come and go. */
const MAX_CELLS = 1_024;
/** Of the estimate for text, tools and images: reports cannot bend it further, so that no odd request drags the others far off. */
const MAX_FACTOR = 5;

const DIMENSIONS = TOKEN_FEATURES.length;
const ANY = '';

export function tokenCalibrationFromStored(stored: unknown): TokenCalibration {
  const calibration = createTokenCalibration();
  calibration.addStored(stored);
  return calibration;
}

export function createTokenCalibration(): TokenCalibration {
  const cells = new Map<string, Cell>();
  const base = new Float64Array(DIMENSIONS).fill(1);
  const root = createCell(ANY, ANY, DIMENSIONS);
  cells.set(keyOf(ANY, ANY), root);
  /** Of the request at hand: how its base estimate divides into features. */
  const shares = new Float64Array(DIMENSIONS);
  /** The request at hand's own cells, found by kind and then by model: no key is built. */
  const found = new Map<Kind, Map<string, Cell>>();

  function cellOf(kind: string, model: string): Cell {
    const key = keyOf(kind, model);
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = createCell(kind, model, DIMENSIONS);
      cells.set(key, cell);
      if (cells.size > MAX_CELLS) forgetOldest();
    }
    return cell;
  }

  function forgetOldest(): void {
    for (const [key, cell] of cells) {
      if (cell === root) continue;
      cells.delete(key);
      // What was found may hang on it.
      found.clear();
      return;
    }
  }

  /** The cell of a kind and model, with the cells that it leans on. */
  function leafOf(kind: Kind, model: string): Cell {
    const known = found.get(kind)?.get(model);
    if (known !== undefined) return known;
    const leaf = cellOf(kind, model);
    leaf.leansOn = [cellOf(ANY, model), cellOf(kind, ANY)];
    for (const parent of leaf.leansOn) parent.leansOn = [root];
    const models = found.get(kind) ?? new Map<string, Cell>();
    // The map is as bounded as the cells are.
    if (cells.get(keyOf(kind, model)) === leaf) found.set(kind, models.set(model, leaf));
    return leaf;
  }

  function predict(cell: Cell, workload: Workload, estimate: number): number {
    refreshCell(cell, base);
    const { factors } = cell;
    let frame = 0;
    // A server adds what it likes to a request (a hidden system prompt): no upper bound here.
    for (let i = 0; i < FRAME_FEATURES; i++) frame += (factors[i] ?? 1) * (shares[i] ?? 0);
    let rest = 0;
    let restShares = 0;
    for (let i = FRAME_FEATURES; i < DIMENSIONS; i++) {
      const share = shares[i] ?? 0;
      rest += (factors[i] ?? 1) * share;
      restShares += share;
    }
    const bounded = Math.min(Math.max(rest, restShares / MAX_FACTOR), restShares * MAX_FACTOR);
    return (Math.max(0, frame) + bounded) * estimate + givenOf(workload);
  }

  return {
    inputTokens(workload, model) {
      const estimate = fillShares(workload, shares);
      return Math.round(predict(leafOf(workload.kind, model), workload, estimate));
    },
    observe(workload, model, reportedInputTokens) {
      if (!Number.isFinite(reportedInputTokens) || reportedInputTokens <= 0) return;
      const estimate = fillShares(workload, shares);
      if (estimate <= 0) return;
      const leaf = leafOf(workload.kind, model);
      const expected = predict(leaf, workload, estimate) - givenOf(workload);
      const target = (reportedInputTokens - givenOf(workload)) / estimate;
      observeCell(leaf, shares, target, expected / estimate);
      for (const parent of leaf.leansOn) observeCell(parent, shares, target, expected / estimate);
      observeCell(root, shares, target, expected / estimate);
    },
    toStored: () => ({
      version: 1,
      features: [...TOKEN_FEATURES],
      cells: [...cells.values()].filter(({ sums }) => sums.weight > 0).map(toStoredCell),
    }),
    addStored(stored) {
      const parsed = parseStored(stored);
      if (parsed === undefined) return false;
      for (const one of parsed.cells) addCell(cellOf(one.kind, one.model), one);
      return true;
    },
  };
}

function keyOf(kind: string, model: string): string {
  return `${kind}\u0000${model}`;
}

/** Writes the share of each feature in the base estimate, which it returns: tokens without the given ids. */
function fillShares(workload: Workload, shares: Float64Array): number {
  const { shape } = workload;
  if (shape === undefined) {
    // Nobody looked at the text: all of it counts as words.
    shares.fill(0);
    shares[WORDS] = 1;
    return workload.tokens.input;
  }
  shares[0] = TOKENS_PER.requests * shape.requests;
  shares[1] = TOKENS_PER.messages * shape.messages;
  shares[2] = TOKENS_PER.letters * shape.letters;
  shares[3] = TOKENS_PER.words * shape.words;
  shares[4] = TOKENS_PER.digits * shape.digits;
  shares[5] = TOKENS_PER.numbers * shape.numbers;
  shares[6] = TOKENS_PER.marks * shape.marks;
  shares[7] = TOKENS_PER.markRuns * shape.markRuns;
  shares[8] = TOKENS_PER.breaks * shape.breaks;
  shares[9] = TOKENS_PER.near * shape.near;
  shares[10] = TOKENS_PER.far * shape.far;
  shares[11] = TOKENS_PER.toolBytes * shape.toolBytes;
  shares[12] = TOKENS_PER.images * shape.images;
  let estimate = 0;
  for (let i = 0; i < DIMENSIONS; i++) estimate += shares[i] ?? 0;
  if (estimate > 0) for (let i = 0; i < DIMENSIONS; i++) shares[i] = (shares[i] ?? 0) / estimate;
  return estimate;
}

const WORDS = TOKEN_FEATURES.indexOf('words');

function givenOf({ shape }: Workload): number {
  return shape === undefined ? 0 : shape.given;
}

function toStoredCell({ kind, model, sums }: Cell): StoredCell {
  return { kind, model, weight: sums.weight, square: [...sums.square], cross: [...sums.cross] };
}

function addCell(cell: Cell, stored: StoredCell): void {
  const { sums } = cell;
  sums.weight += stored.weight;
  for (let i = 0; i < sums.square.length; i++) sums.square[i] = (sums.square[i] ?? 0) + (stored.square[i] ?? 0);
  for (let i = 0; i < sums.cross.length; i++) sums.cross[i] = (sums.cross[i] ?? 0) + (stored.cross[i] ?? 0);
  cell.unsolved = Infinity;
}
