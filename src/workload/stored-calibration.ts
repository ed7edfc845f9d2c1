// The calibration of token estimates as it is stored: JSON-like, checked when it is read back.
import { TOKEN_FEATURES } from './token-estimate.ts';

export interface StoredTokenCalibration {
  readonly version: 1;
  /** Which features the sums are over; those of another build are not mixed in. */
  readonly features: readonly string[];
  readonly cells: readonly StoredCell[];
}

/** "" stands for any kind or model. Sums as in `RidgeSums`. */
export interface StoredCell {
  readonly kind: string;
  readonly model: string;
  readonly weight: number;
  readonly square: readonly number[];
  readonly cross: readonly number[];
}

/** undefined: malformed, or of another version or other features. */
export function parseStored(stored: unknown): StoredTokenCalibration | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { version, features, cells } = stored as Partial<StoredTokenCalibration>;
  if (version !== 1 || !Array.isArray(features) || !Array.isArray(cells)) return undefined;
  if (features.length !== TOKEN_FEATURES.length || TOKEN_FEATURES.some((name, i) => features[i] !== name))
    return undefined;
  return cells.every(isCell) ? { version, features, cells } : undefined;
}

function isCell(value: unknown): value is StoredCell {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, model, weight, square, cross } = value as Partial<StoredCell>;
  const n = TOKEN_FEATURES.length;
  return (
    typeof kind === 'string' &&
    typeof model === 'string' &&
    typeof weight === 'number' &&
    weight >= 0 &&
    Number.isFinite(weight) &&
    areNumbers(square, (n * (n + 1)) / 2) &&
    areNumbers(cross, n)
  );
}

function areNumbers(values: unknown, length: number): boolean {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite);
}
