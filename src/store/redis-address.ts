// Where Redis is: a URL taken apart once, with a name that may be shown and a way to keep the password out of messages.
import { isIP } from 'node:net';
import { storeErrors } from './errors.ts';

export interface RedisAddress {
  /** Host and port, and no more: for people. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Undefined: no TLS. */
  readonly tls: { readonly servername?: string } | undefined;
}

const EXPECTED = 'expected redis[s]://[user:password@]host[:port][/database]';

/** Throws SLUICE_STORE_OPEN, in words that hold nothing of the URL but its host and port. */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // No cause: the errors of URL and decodeURIComponent carry their input.
  if (url === undefined || url.hostname === '') throw storeErrors.open('Redis', `its URL cannot be read: ${EXPECTED}`);
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  const name = `${url.hostname}:${port}`;
  const refuse = (reason: string): Error => storeErrors.open(`Redis at ${name}`, `${reason}: ${EXPECTED}`);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw refuse('its URL has another scheme');
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) throw refuse('the database in its URL is not a number');
  if (url.search !== '' || url.hash !== '') throw refuse('its URL has parameters, which would have no effect');
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) throw refuse('user or password in its URL hold a bare "%"');
  return {
    name,
    host,
    port,
    database: Number(database),
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : password,
    tls: url.protocol === 'redis:' ? undefined : isIP(host) === 0 ? { servername: host } : {},
  };
}

/**
 * An error that holds its message alone: ioredis hangs the command with its arguments, that is the password or the rows, on every error, and
 * a server that does not know AUTH repeats them in its answer.
 */
export function withoutSecrets(error: unknown, { password }: RedisAddress): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(password === undefined ? message : message.replaceAll(password, '***'));
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
