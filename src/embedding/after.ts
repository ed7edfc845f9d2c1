// Deadlines as an argument, so that tests need not wait for them.

/** Calls `then` in `ms` milliseconds, unless what it returns is called before. */
export type After = (ms: number, then: () => void) => () => void;

export const systemAfter: After = (ms, then) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
};
