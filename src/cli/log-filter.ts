// Which decisions sluice log shows: its options as one predicate and one range of time.
import { InvalidArgumentError } from 'commander';
import { firstIdAt, type LoggedDecision } from '../feedback/index.ts';

export interface LogFilters {
  readonly route?: string;
  /** That answered, or was chosen where none answered. */
  readonly pool?: string;
  readonly topic?: string;
  readonly finish?: string;
  readonly status?: number;
  /** ms since the epoch */
  readonly since?: number;
  readonly until?: number;
  readonly session?: string;
  readonly tag?: readonly (readonly [key: string, value: string])[];
  readonly minCost?: number;
  /** Took at least so many ms. */
  readonly slow?: number;
}

export function matches({ record, outcome }: LoggedDecision, wanted: LogFilters): boolean {
  const said = record.decision as { readonly route?: unknown };
  const facts = record.workload as Readonly<Record<string, unknown>>;
  const tags = (facts['tags'] ?? {}) as Readonly<Record<string, unknown>>;
  return (
    (wanted.route === undefined || said.route === wanted.route) &&
    (wanted.pool === undefined || (outcome?.answeredBy ?? record.chosen) === wanted.pool) &&
    (wanted.topic === undefined || facts['topic'] === wanted.topic) &&
    (wanted.finish === undefined || (outcome?.finish ?? 'open') === wanted.finish) &&
    (wanted.status === undefined || outcome?.status === wanted.status) &&
    (wanted.session === undefined || facts['session'] === wanted.session) &&
    (wanted.tag ?? []).every(([key, value]) => String(tags[key]) === value) &&
    (wanted.minCost === undefined || (outcome?.costUsd ?? 0) >= wanted.minCost) &&
    (wanted.slow === undefined || (outcome?.e2eMs ?? 0) >= wanted.slow)
  );
}

/** Bounds of the ids. */
export function rangeOf({ since, until }: LogFilters): { readonly from?: string; readonly to?: string } {
  return {
    ...(since === undefined ? {} : { from: firstIdAt(since) }),
    ...(until === undefined ? {} : { to: firstIdAt(until) }),
  };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "10m" (so long ago) or a date -> ms since the epoch. */
export function parseTime(text: string, now = Date.now()): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('expected a time ago (30s, 10m, 2h, 7d) or a date (2026-01-31T12:00Z)');
  return at;
}

export function parseTag(text: string, before: readonly (readonly [string, string])[] = []): [string, string][] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected key=value');
  return [...before.map(([key, value]): [string, string] => [key, value]), [text.slice(0, at), text.slice(at + 1)]];
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return count;
}

export function parseAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() === '' || !(amount >= 0)) throw new InvalidArgumentError('expected a number from 0');
  return amount;
}
