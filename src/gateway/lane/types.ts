// What the lane takes from node:http's hands, and what it is given to do with it.
import type { Client } from '../types.ts';

/** A whole request of the plain form that `read-request.ts` describes. Names of headers are in lower case, each came once. */
export interface LaneRequest extends RequestHead {
  readonly body: Buffer;
}

export interface RequestHead {
  readonly path: string;
  /** It has no prototype. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Lane {
  /** Whether POST to this path may be taken at all. */
  readonly paths: ReadonlySet<string>;
  readonly mostBodyBytes: number;
  /** What a request is given to arrive whole, ms. */
  readonly arrivalMs: number;
  /** What a connection may stay without a request after its last one, ms. */
  readonly idleMs: number;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** False: node:http has the say, as it has on everything that is not plain. */
  readonly takes: (head: RequestHead) => boolean;
  /** Answers through the client, sooner or later; never throws. */
  readonly serve: (request: LaneRequest, client: Client) => void;
  /** A whole HTTP response to a request that will not become whole: `late` or broken off. */
  readonly refuse: (why: 'late' | 'broken') => string;
}
