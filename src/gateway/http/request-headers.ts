// The `x-sluice-*` headers that callers may send, checked; none of them is ever forwarded.
import type { IncomingHttpHeaders } from 'node:http';
import type { CallerBook } from '../../policy/index.ts';
import type { Caller, Hints, Slo } from '../../workload/index.ts';
import { gatewayErrors } from '../errors.ts';
import { callerOf } from './caller.ts';

const PREFIX = 'x-sluice-';
const SESSION = 'x-sluice-session';
const SLO = 'x-sluice-slo';
const TAGS = 'x-sluice-tags';
export const DRY_RUN = 'x-sluice-dry-run';
const KNOWN: ReadonlySet<string> = new Set([SESSION, SLO, TAGS, DRY_RUN]);

const MOST_TAGS = 16;
const TAG = /^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,63})=([\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?)\s*$/;
const TARGET = /^\s*(ttft|tpot|e2e)=(\d{1,9}(?:\.\d{1,6})?)(ms|s)?\s*$/;

const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});
const NO_HINTS: Hints = Object.freeze({ session: undefined, slo: undefined, tags: NO_TAGS });

export interface RequestHints {
  readonly hints: Hints;
  /** Decide and say so, but send nothing. */
  readonly dryRun: boolean;
}

const NOTHING_SAID: RequestHints = { hints: NO_HINTS, dryRun: false };

/**
 * Throws gatewayErrors.invalidField for a value that cannot be, and for a name that is none of ours: a typo must not pass in silence;
 * gatewayErrors.unknownCaller where the policy wants to know who asks.
 */
export function readHints(headers: IncomingHttpHeaders, callers?: CallerBook): RequestHints {
  const said = readHeaders(headers);
  if (callers === undefined) return said;
  const caller = callerOf(headers, callers);
  if (caller === undefined) {
    if (callers.required) throw gatewayErrors.unknownCaller();
    return said;
  }
  return { ...said, hints: { ...said.hints, caller, tags: withTagsOf(caller, said.hints.tags) } };
}

/** What the policy says of a caller goes before what the request says of itself. */
function withTagsOf(caller: Caller, tags: Hints['tags']): Hints['tags'] {
  return Object.assign(Object.create(null) as Record<string, string>, tags, caller.tags);
}

function readHeaders(headers: IncomingHttpHeaders): RequestHints {
  let said = false;
  for (const name in headers) {
    if (!name.startsWith(PREFIX)) continue;
    said = true;
    if (!KNOWN.has(name)) throw refused(name.slice(0, 80), `is unknown; there are ${[...KNOWN].join(', ')}`);
  }
  if (!said) return NOTHING_SAID;
  const hints: Hints = {
    session: checked(headers, SESSION, 256),
    slo: sloOf(headers),
    tags: tagsOf(headers),
  };
  return { hints, dryRun: dryRunOf(headers) };
}

/** `Idempotency-Key`: makes a repeated feedback count once, at most 256 characters. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  return checked(headers, 'idempotency-key', 256);
}

/** `ttft=500ms, tpot=50, e2e=10s`: milliseconds where no unit is given. */
function sloOf(headers: IncomingHttpHeaders): Slo | undefined {
  const text = checked(headers, SLO, 256);
  if (text === undefined) return undefined;
  const targets = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name = '', number = '', unit] = TARGET.exec(part) ?? [];
    const ms = Number(number) * (unit === 's' ? 1_000 : 1);
    if (name === '' || targets.has(name) || ms <= 0) {
      throw refused(SLO, 'expected ttft, tpot or e2e with a time, each once, as in "ttft=500ms, e2e=10s"');
    }
    targets.set(name, ms);
  }
  return { ttftMs: targets.get('ttft'), tpotMs: targets.get('tpot'), e2eMs: targets.get('e2e') };
}

/** `team=search, env=prod`. */
function tagsOf(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const text = checked(headers, TAGS, 2_048);
  if (text === undefined) return NO_TAGS;
  const parts = text.split(',');
  if (parts.length > MOST_TAGS) throw refused(TAGS, `has more than ${MOST_TAGS} tags`);
  // Without a prototype: a tag may be called "constructor".
  const tags = Object.create(null) as Record<string, string>;
  for (const part of parts) {
    const [, name = '', value = ''] = TAG.exec(part) ?? [];
    if (name === '' || name in tags) {
      throw refused(TAGS, 'expected name=value pairs, each name once, as in "team=search, env=prod"');
    }
    tags[name] = value;
  }
  return tags;
}

function dryRunOf(headers: IncomingHttpHeaders): boolean {
  const text = headers[DRY_RUN];
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw refused(DRY_RUN, 'must be "true" or "false"');
}

function checked(headers: IncomingHttpHeaders, name: string, most: number): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  const text = Array.isArray(value) ? value.join(', ') : value;
  if (text === '' || text.length > most) throw refused(name, `must have 1 to ${most} characters`);
  return text;
}

function refused(name: string, detail: string): Error {
  return gatewayErrors.invalidField.with({ param: name }, name, detail);
}
