// Who sends a request, told by the key that comes with it. The key itself goes nowhere.
import type { IncomingHttpHeaders } from 'node:http';
import type { CallerBook } from '../../policy/index.ts';
import type { Caller } from '../../workload/index.ts';

const BEARER = /^bearer +(\S{1,4096}) *$/i;

/** undefined: nobody that the policy knows. */
export function callerOf({ authorization }: IncomingHttpHeaders, callers: CallerBook): Caller | undefined {
  const [, key] = BEARER.exec(authorization ?? '') ?? [];
  return key === undefined ? undefined : callers.byKey(key);
}
