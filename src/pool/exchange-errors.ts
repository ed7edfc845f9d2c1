// What went wrong on the wire, as one of the pools' errors.
import { errors } from 'undici';
import type { SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/** undici says these of sockets whose other end answers with what it was not asked (100 Continue, an upgrade). */
const NOT_ASKED_FOR = new Set(['bad response', 'bad upgrade']);

export function toPoolError(cause: Error, pool: string, headSeen: boolean, connectTimeoutMs: number): SluiceError {
  const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
  const details = { cause };
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (code === 'ETIMEDOUT' && syscall === 'connect'))
    return poolErrors.connectTimeout.with(details, pool, connectTimeoutMs);
  // undici gives most parser errors no code.
  if (cause instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW')
    return poolErrors.protocol.with(details, pool);
  // undici's word for any parser error of an answer that has a length.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && !headSeen) return poolErrors.protocol.with(details, pool);
  if (code === 'UND_ERR_SOCKET' && NOT_ASKED_FOR.has(cause.message)) return poolErrors.protocol.with(details, pool);
  if (!headSeen && typeof code === 'string' && UNREACHABLE.has(code)) return poolErrors.unreachable.with(details, pool);
  return poolErrors.closed.with(details, pool);
}
