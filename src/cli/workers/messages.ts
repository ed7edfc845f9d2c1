// What the primary and its workers say to each other, over the channel that each worker was born with.
import type { GatewayConfig } from '../../config/index.ts';
import type { StoreAnswer, StoreRequest } from '../../store/index.ts';

export type ToWorker =
  | { readonly kind: 'start'; readonly index: number; readonly config: GatewayConfig }
  | { readonly kind: 'reload' }
  /** Serve nothing new, finish, exit with 0. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'serialise'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: string }
  | { readonly kind: 'store'; readonly answer: StoreAnswer };

/** What a worker says of itself. */
export type Report =
  /** It listens: what was sent before is lost. */
  | { readonly kind: 'listening' }
  | { readonly kind: 'ready'; readonly url: string }
  /** It cannot be served so: what the operator has to read. */
  | { readonly kind: 'refused'; readonly reason: string };

export type ToPrimary =
  | Report
  | { readonly kind: 'serialised'; readonly id: number; readonly part: unknown }
  /** Answered by the URL of a simulated server. */
  | { readonly kind: 'resolve'; readonly id: number; readonly model: string; readonly endpoint: string }
  /** Answered by the serialised metrics of every worker. */
  | { readonly kind: 'metrics'; readonly id: number }
  | { readonly kind: 'store'; readonly request: StoreRequest };
