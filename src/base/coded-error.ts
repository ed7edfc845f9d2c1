// Errors with a stable code: one catalogue per room, made into the OpenAI envelope by one handler at the edge.

export type Blame = 'client' | 'gateway' | 'upstream';

/** One line of a room's catalogue. `openaiCode` and `openaiType` are what an OpenAI client sees; `code` is ours and names the room. */
export interface ErrorSpec<A extends readonly unknown[] = readonly never[]> {
  readonly code: `SLUICE_${string}`;
  readonly status: number;
  readonly openaiCode: string;
  readonly openaiType: 'invalid_request_error' | 'not_found_error' | 'rate_limit_error' | 'api_error';
  readonly blame: Blame;
  readonly retryable: boolean;
  /** Told to the caller as `retry-after`, unless the error itself knows better. */
  readonly retryAfterSeconds?: number;
  readonly message: (...args: A) => string;
}

/** What one error knows beyond its catalogue entry. */
export interface ErrorDetails {
  readonly cause?: unknown;
  /** The request's field that is at fault, in OpenAI's `param` notation. */
  readonly param?: string;
  /** In place of the catalogue's. */
  readonly retryAfterSeconds?: number;
}

export class SluiceError extends Error {
  readonly spec: Omit<ErrorSpec, 'message'>;
  readonly param: string | undefined;
  /** Told to the caller as `retry-after`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(spec: Omit<ErrorSpec, 'message'>, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SluiceError';
    this.spec = spec;
    this.param = details.param;
    this.retryAfterSeconds = details.retryAfterSeconds ?? spec.retryAfterSeconds;
  }

  get code(): string {
    return this.spec.code;
  }
}

export interface ErrorMaker<A extends readonly unknown[]> {
  (...args: A): SluiceError;
  /** The same error with what caused it, the field it is about, or when to come back. */
  with(details: ErrorDetails, ...args: A): SluiceError;
  readonly spec: ErrorSpec<A>;
}

/** Makes the constructor of one catalogue entry. */
export function defineError<A extends readonly unknown[]>(spec: ErrorSpec<A>): ErrorMaker<A> {
  const make = (...args: A): SluiceError => new SluiceError(spec, spec.message(...args));
  return Object.assign(make, {
    spec,
    with: (details: ErrorDetails, ...args: A) => new SluiceError(spec, spec.message(...args), details),
  });
}
