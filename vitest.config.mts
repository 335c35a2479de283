import { defineConfig } from 'vitest/config';

/** Tests with real connections and no browser. They mostly wait, so several files run in parallel. */
const connections = ['tests/integration/**/*.test.ts', 'tests/interop/!(moq-relay).test.ts'];
/**
 * Tests that need the WebTransport addon. If the addon needs a newer C library than the system has, `scripts/test.mjs` runs
 * this project separately on a newer one.
 */
const webTransport = ['tests/{integration,interop}/**/*.webtransport.test.ts'];
/** Tests with whole processes, browsers and networks. They run one at a time, because two would slow each other down. */
const slow = ['tests/{interop,e2e}/**/*.test.{ts,tsx}', 'tests/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    // An unhandled rejection or uncaught error fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    // The libraries log every subscription: useful only beside a failed test.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          exclude: slow,
          environment: 'node',
          maxWorkers: 2,
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'connections',
          include: connections,
          exclude: webTransport,
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'webtransport',
          include: webTransport,
          environment: 'node',
          // Child processes would use the system's C library again.
          pool: 'threads',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'slow',
          include: slow,
          exclude: [...connections, ...webTransport],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
