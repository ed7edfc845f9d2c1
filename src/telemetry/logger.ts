// The process's logger: JSON lines, and three reasons why no key is in one of them.
import { pino, type DestinationStream, type Logger } from 'pino';
import { withoutSecrets } from './secrets.ts';

/** Causes of causes that are told. */
const CAUSES = 4;

export interface LoggerOptions {
  readonly level: string;
  /** Keys that must not be in a line, wherever they come from. */
  readonly secrets?: ReadonlySet<string>;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

export function createLogger({ level, secrets, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    // Errors of HTTP clients carry requests, answers and sockets: what is told of an error is named one by one.
    serializers: { err: (error: unknown) => errorFacts(error, CAUSES) },
    redact: {
      paths: ['authorization', 'apiKey', 'headers', 'body'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    // Messages are free text: a model server may quote the key that it refuses.
    hooks: { streamWrite: (line: string) => withoutSecrets(line, secrets) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

interface ErrorFacts {
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: ErrorFacts | undefined;
}

function errorFacts(error: unknown, causes: number): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error, message: typeof error === 'string' ? error : '' };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    code: typeof code === 'string' ? code : undefined,
    stack: error.stack,
    cause: error.cause === undefined || causes === 0 ? undefined : errorFacts(error.cause, causes - 1),
  };
}
