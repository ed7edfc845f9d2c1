// Events worth an operator's eye, as log lines: what changed or broke, never one line a request, never a body or a key.
import type { Logger } from 'pino';
import type { GatewayEvent } from '../base/index.ts';

export function createEventLog(logger: Logger): (event: GatewayEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'endpoint-changed': {
        const { pool, endpoint, state, reason } = event;
        const level = state === 'ejected' || state === 'unhealthy' ? 'warn' : 'info';
        logger[level]({ pool, endpoint, state }, `endpoint ${endpoint} of pool ${pool} is ${state}: ${reason}`);
        return;
      }
      case 'policy-reloaded': {
        const { result, fingerprint, detail } = event;
        if (result === 'applied') logger.info({ fingerprint }, `policy taken up: ${detail}`);
        else logger.error({ fingerprint }, `changed policy REFUSED, still routing by ${fingerprint}:\n${detail}`);
        return;
      }
      case 'store-failed':
        logger.error(`the store could not keep a record: ${event.detail}`);
        return;
      case 'spans-settled':
        if (event.result === 'export-failed')
          logger.warn({ spans: event.spans }, `spans not exported: ${event.detail}`);
        else logger.trace(event, event.kind);
        return;
      case 'request-finished':
        logger.debug(event, 'request finished');
        return;
      default:
        logger.trace(event, event.kind);
    }
  };
}
