// Failed background writes have no caller to go to: they are told once, and again only after a write has succeeded.

export interface FailureReport {
  failed(error: Error): void;
  succeeded(): void;
}

export function createFailureReport(onError: (error: unknown) => void): FailureReport {
  let reported = false;
  return {
    failed: (error) => {
      if (reported) return;
      reported = true;
      // In its own task: a listener that throws must not stop the writer.
      queueMicrotask(() => onError(error));
    },
    succeeded: () => {
      reported = false;
    },
  };
}

/** What becomes of a failure that nobody listens for. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
