// What an embedding server answered, held against what it was asked for: pure.
import { unitVector } from '../unit-vector.ts';

export type ReadAnswer =
  | { readonly kind: 'vector'; readonly vector: Float32Array }
  | { readonly kind: 'wrong'; readonly why: string };

/** A longer answer is no vector: 4,096 numbers with 17 digits come to 100 kB. */
export const MOST_BYTES = 1_048_576;

/** `dimensions`: how many there must be; undefined: as many as there are. Nothing of the answer's own words is passed on. */
export function readAnswer(body: string, dimensions: number | undefined): ReadAnswer {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return wrong('its answer is not JSON');
  }
  const data = field(value, 'data');
  const numbers = Array.isArray(data) ? field(data[0], 'embedding') : undefined;
  if (!Array.isArray(numbers) || numbers.length === 0) return wrong('its answer holds no vector');
  if (!numbers.every((x) => typeof x === 'number')) return wrong('its vector is not made of numbers');
  if (dimensions !== undefined && numbers.length !== dimensions)
    return wrong(`its vector has ${numbers.length} dimensions instead of ${dimensions}`);
  const vector = unitVector(numbers);
  return vector === undefined
    ? wrong('its vector has no direction: all zero, or not finite')
    : { kind: 'vector', vector };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function wrong(why: string): ReadAnswer {
  return { kind: 'wrong', why };
}
