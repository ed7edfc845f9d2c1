// What goes wrong between us and a model server, by what it means.

/** `stale`: the connection had served before, and nothing of an answer came: nearly always the server had closed it when the request was sent. */
export type WireFlaw = 'unreachable' | 'connect-timeout' | 'protocol' | 'closed' | 'stale' | 'unsendable';

export class WireError extends Error {
  override readonly name = 'WireError';
  readonly flaw: WireFlaw;

  constructor(flaw: WireFlaw, message: string, cause?: Error) {
    super(message, { cause });
    this.flaw = flaw;
  }
}
