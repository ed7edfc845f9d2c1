// What is refused by its head alone, before anybody waits for a body.
import type { IncomingMessage } from 'node:http';
import type { SluiceError } from '../../base/index.ts';
import { gatewayErrors } from '../errors.ts';
import type { Gateway } from '../types.ts';
import { callerOf } from './caller.ts';

/** Written over an expectation that node:http does not know. */
export const UNKNOWN_EXPECTATION = 'unknown';

/** undefined: nothing stands against it so far. */
export function refusalOf(
  { method, url, headers, httpVersion }: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'httpVersion'>,
  gateway: Gateway,
): SluiceError | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return gatewayErrors.badRequest('it has no host header');
  if (headers.expect === UNKNOWN_EXPECTATION) return gatewayErrors.badRequest('it expects what is not known here');
  const { callers } = gateway.router();
  if (callers?.required === true && url?.startsWith('/v1/') === true && callerOf(headers, callers) === undefined) {
    return gatewayErrors.unknownCaller();
  }
  if (method !== 'POST') return undefined;
  if (gateway.unready() !== undefined) return gatewayErrors.draining();
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === 'identity'
    ? undefined
    : gatewayErrors.packedBody(encoding.slice(0, 100));
}
