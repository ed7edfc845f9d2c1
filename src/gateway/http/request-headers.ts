// The `x-sluice-*` headers that callers may send, checked; none of them is ever forwarded.
import type { IncomingHttpHeaders } from 'node:http';
import { gatewayErrors } from '../errors.ts';

/** `x-sluice-session`: the caller's own key of a conversation, at most 256 characters. */
export function sessionOf(headers: IncomingHttpHeaders): string | undefined {
  return checked(headers, 'x-sluice-session', 256);
}

/** `Idempotency-Key`: makes a repeated feedback count once, at most 256 characters. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  return checked(headers, 'idempotency-key', 256);
}

function checked(headers: IncomingHttpHeaders, name: string, most: number): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  const text = Array.isArray(value) ? value.join(', ') : value;
  if (text === '' || text.length > most) {
    throw gatewayErrors.invalidField.with({ param: name }, name, `must have 1 to ${most} characters`);
  }
  return text;
}
