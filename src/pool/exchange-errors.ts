// What went wrong on the wire, as one of the pools' errors.
import type { SluiceError } from '../base/index.ts';
import { poolErrors } from './errors.ts';
import type { WireError } from './http1/index.ts';

export function toPoolError(cause: WireError, pool: string, connectTimeoutMs: number): SluiceError {
  const details = { cause };
  switch (cause.flaw) {
    case 'unreachable':
      return poolErrors.unreachable.with(details, pool);
    case 'connect-timeout':
      return poolErrors.connectTimeout.with(details, pool, connectTimeoutMs);
    case 'protocol':
      return poolErrors.protocol.with(details, pool);
    case 'closed':
    case 'stale':
    case 'unsendable':
      return poolErrors.closed.with(details, pool);
  }
}
