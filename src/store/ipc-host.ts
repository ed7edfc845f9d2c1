// The owner's end of a store that other processes use: does what they ask, in the order of their asking.
import { SluiceError } from '../base/index.ts';
import type { ByteStore } from './byte-store.ts';
import { reasonOf } from './errors.ts';
import type { StoreAnswer, StoreAnswerValue, StoreRequest } from './ipc-messages.ts';

/** What takes one process's requests; `send` must not throw when that process is gone. */
export function serveStore(bytes: ByteStore, send: (answer: StoreAnswer) => void): (request: StoreRequest) => void {
  return (request) => {
    if (request.op === 'append') {
      bytes.append(request.writes);
      return;
    }
    const { id } = request;
    // Called in this very turn, or a later request could overtake it.
    perform(bytes, request).then(
      (value) => send({ kind: 'done', id, value }),
      (error: unknown) => send({ kind: 'refused', id, reason: innerReasonOf(error) }),
    );
  };
}

function perform(bytes: ByteStore, request: Exclude<StoreRequest, { op: 'append' }>): Promise<StoreAnswerValue> {
  switch (request.op) {
    case 'get':
      return bytes.get(request.place);
    case 'page':
      return bytes.readPage({ low: request.low, high: request.high }, request.reverse, request.limit);
    case 'sizes':
      return bytes.readSizes({ low: request.low, high: request.high }, request.reverse, request.limit);
    case 'commit':
      return bytes.commit(request.writes, request.unless);
    case 'drained':
      return bytes.drained().then(() => undefined);
  }
}

/** The other end gives it its code again. */
function innerReasonOf(error: unknown): string {
  return reasonOf(error instanceof SluiceError && error.cause !== undefined ? error.cause : error);
}
