// What every caller's end has: they may leave, and an error before the answer's first byte is an envelope.
import type { SluiceError } from '../../base/index.ts';
import type { Client, HeaderList } from '../types.ts';
import { toEnvelope } from './envelope.ts';

export abstract class Leaver implements Client {
  #gone = false;
  #goneListener: (() => void) | undefined;

  get gone(): boolean {
    return this.#gone;
  }

  onGone(listener: () => void): void {
    this.#goneListener = listener;
    if (this.#gone) listener();
  }

  /** They have left before their answer was whole. */
  left(): void {
    this.#gone = true;
    this.#goneListener?.();
  }

  fail(error: SluiceError, headers: HeaderList): void {
    if (this.hasBegun) {
      // Too late for an envelope: a broken connection is the only way left to say that the answer is not whole.
      this.breakOff();
      return;
    }
    const envelope = toEnvelope(error);
    for (const [name, value] of Object.entries(envelope.headers)) headers.push(name, value);
    this.send(envelope.status, headers, Buffer.from(JSON.stringify(envelope.body)));
  }

  protected abstract get hasBegun(): boolean;
  protected abstract breakOff(): void;
  abstract onDrain(listener: () => void): void;
  abstract begin(status: number, headers: HeaderList): void;
  abstract write(chunk: Buffer | string): boolean;
  abstract end(): void;
  abstract send(status: number, headers: HeaderList, body: Buffer): void;
}
