// Where the tests are and how long one may take; `dist/` is never searched.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    exclude: ['dist/**', 'node_modules/**'],
    // One module graph a worker: no test keeps state in a module or hangs hooks on one (fixtures use onTestFinished), and loading
    // everything anew for every file took half of the time.
    isolate: false,
    // Limits for what hangs, on a machine that is slow or busy; nothing is tried again: a test that fails now and then is wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['test/e2e/**'],
        },
      },
      // These start processes, each of which would compile the sources for itself.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/support/compile.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
