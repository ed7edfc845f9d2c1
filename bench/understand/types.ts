// What a part of the bench is given and what it returns.
import type { Bin } from '../train/calibration.ts';

export const PARTS = ['speed', 'heads', 'recipe', 'table', 'semantic', 'topics'] as const;
export type PartName = (typeof PARTS)[number];

export interface PartOptions {
  /** Folder of the data sets. */
  readonly data: string;
  readonly seed: number;
  /** Folder of an ONNX sentence encoder. */
  readonly encoder: string | undefined;
  /** Folder of another wordpiece table. */
  readonly reference: string | undefined;
  /** For a line on what is being done. */
  readonly say: (line: string) => void;
}

export interface Table {
  readonly title: string;
  readonly rows: readonly object[];
}

/** Of one head or model on one set. */
export interface Panel {
  readonly name: string;
  /** Expected calibration error. */
  readonly ece: number;
  readonly bins: readonly Bin[];
}

export interface PartResult {
  readonly tables: readonly Table[];
  /** What goals look at, by name. */
  readonly figures: Readonly<Record<string, number>>;
  readonly panels?: readonly Panel[];
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type Part = (options: PartOptions) => PartResult | Promise<PartResult>;

/** Measurements have no more than four digits. */
export function four(value: number): number {
  return Number(value.toFixed(4));
}
