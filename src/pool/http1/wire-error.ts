// What goes wrong between us and a model server, by what it means.

export type WireFlaw = 'unreachable' | 'connect-timeout' | 'protocol' | 'closed' | 'unsendable';

export class WireError extends Error {
  override readonly name = 'WireError';
  readonly flaw: WireFlaw;

  constructor(flaw: WireFlaw, message: string, cause?: Error) {
    super(message, { cause });
    this.flaw = flaw;
  }
}
