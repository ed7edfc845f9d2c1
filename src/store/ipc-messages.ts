// What two processes say to each other about a store that one of them owns: plain data and bytes, fit for any channel that copies them.
import type { Write } from './codec.ts';

/** Answered under the same id, but for `append`. They take effect in the order of sending. */
export type StoreRequest =
  | { readonly op: 'append'; readonly writes: readonly Write[] }
  | { readonly op: 'get'; readonly id: number; readonly place: string }
  | {
      readonly op: 'page' | 'sizes';
      readonly id: number;
      readonly low: string;
      readonly high: string;
      readonly reverse: boolean;
      readonly limit: number;
    }
  | {
      readonly op: 'commit';
      readonly id: number;
      readonly writes: readonly Write[];
      readonly unless: readonly string[];
    }
  | { readonly op: 'drained'; readonly id: number };

export type StoreAnswer =
  | { readonly kind: 'done'; readonly id: number; readonly value: StoreAnswerValue }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  /** Appends could not be written; nobody waits for them. */
  | { readonly kind: 'lost'; readonly reason: string };

/** get: bytes or undefined; page: rows; sizes: their sizes; commit: whether it was written; drained: undefined. */
export type StoreAnswerValue =
  | Uint8Array
  | readonly (readonly [place: string, bytes: Uint8Array])[]
  | readonly (readonly [place: string, size: number])[]
  | boolean
  | undefined;

/** One end of a channel to the owner; messages arrive whole and in order. */
export interface StoreLine {
  send(request: StoreRequest): void;
  onAnswer(listener: (answer: StoreAnswer) => void): void;
  /** The owner is gone; no answer comes any more. */
  onLost(listener: () => void): void;
}
