// What a connection, its parser and who asked say to each other.
import type { WireError } from './wire-error.ts';

/** Names in lower case; several lines of one name are a list. It has no prototype. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names, in lower case, and values in turn, without `host`, `connection` and `content-length`. */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
}

/** Who waits for an answer. In this order: `onHead`, any number of `onData`, `onEnd`; `onError` at any point instead of the rest. */
export interface Listener {
  /** 200 to 599. */
  onHead(status: number, headers: AnswerHeaders): void;
  /** The receiver's to keep. Pieces that came in one read come as one; after `pause` at most the rest of one read. */
  onData(bytes: Buffer): void;
  onEnd(): void;
  onError(error: WireError): void;
}

/** One request under way; each call names its listener, so that a call that comes too late does not meet the connection's next request. */
export interface Call {
  /** Nothing more is told to the listener. */
  abort(listener: Listener): void;
  pause(listener: Listener): void;
  resume(listener: Listener): void;
}
