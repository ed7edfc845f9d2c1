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
  /** Of the request at hand: what each feature adds to its base estimate, and the share that this is of it. */
  const parts = new Float64Array(DIMENSIONS);
  const shares = new Float64Array(DIMENSIONS);
  /** The request at hand: one is asked about for several models in a row. */
  let measured: Workload | undefined;
  let estimate = 0;
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

  function measure(workload: Workload): void {
    if (workload === measured) return;
    estimate = fillParts(workload, parts);
    measured = workload;
  }

  /** Of the request at hand, without its given ids. */
  function predict(cell: Cell): number {
    refreshCell(cell, base);
    const { factors } = cell;
    let frame = 0;
    // A server adds what it likes to a request (a hidden system prompt): no upper bound here.
    for (let i = 0; i < FRAME_FEATURES; i++) frame += (factors[i] as number) * (parts[i] as number);
    let rest = 0;
    let restParts = 0;
    for (let i = FRAME_FEATURES; i < DIMENSIONS; i++) {
      const part = parts[i] as number;
      rest += (factors[i] as number) * part;
      restParts += part;
    }
    return Math.max(0, frame) + Math.min(Math.max(rest, restParts / MAX_FACTOR), restParts * MAX_FACTOR);
  }

  return {
    inputTokens(workload, model) {
      measure(workload);
      return Math.round(predict(leafOf(workload.kind, model)) + givenOf(workload));
    },
    observe(workload, model, reportedInputTokens) {
      if (!Number.isFinite(reportedInputTokens) || reportedInputTokens <= 0) return;
      measure(workload);
      if (estimate <= 0) return;
      const leaf = leafOf(workload.kind, model);
      const expected = predict(leaf) / estimate;
      const target = (reportedInputTokens - givenOf(workload)) / estimate;
      for (let i = 0; i < DIMENSIONS; i++) shares[i] = (parts[i] as number) / estimate;
      // The others are for cells that have few reports of their own: of one that has many they hear those that it is solved for.
      const othersHear = leaf.unsolved === 0 || leaf.sums.weight === 0;
      observeCell(leaf, shares, target, expected);
      if (!othersHear) return;
      for (const parent of leaf.leansOn) observeCell(parent, shares, target, expected);
      observeCell(root, shares, target, expected);
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

/** Writes what each feature adds to the base estimate, which it returns: tokens without the given ids. */
function fillParts(workload: Workload, parts: Float64Array): number {
  const { shape } = workload;
  if (shape === undefined) {
    // Nobody looked at the text: all of it counts as words.
    parts.fill(0);
    return (parts[WORDS] = workload.tokens.input);
  }
  parts[0] = TOKENS_PER.requests * shape.requests;
  parts[1] = TOKENS_PER.messages * shape.messages;
  parts[2] = TOKENS_PER.letters * shape.letters;
  parts[3] = TOKENS_PER.words * shape.words;
  parts[4] = TOKENS_PER.digits * shape.digits;
  parts[5] = TOKENS_PER.numbers * shape.numbers;
  parts[6] = TOKENS_PER.marks * shape.marks;
  parts[7] = TOKENS_PER.markRuns * shape.markRuns;
  parts[8] = TOKENS_PER.breaks * shape.breaks;
  parts[9] = TOKENS_PER.near * shape.near;
  parts[10] = TOKENS_PER.far * shape.far;
  parts[11] = TOKENS_PER.toolBytes * shape.toolBytes;
  parts[12] = TOKENS_PER.images * shape.images;
  let estimate = 0;
  for (let i = 0; i < DIMENSIONS; i++) estimate += parts[i] as number;
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
