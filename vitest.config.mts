import { defineConfig } from 'vitest/config';

/** Real connections without a browser: they wait more than they work, so that some run beside each other. */
const connections = ['tests/integration/**/*.test.ts', 'tests/interop/!(moq-relay).test.ts'];
/**
 * Those that need the WebTransport addon. Where it needs a newer C library than the system's, `scripts/test.mjs` runs
 * this project by itself on one that stands beside it.
 */
const webTransport = ['tests/{integration,interop}/**/*.webtransport.test.ts'];
/** Whole processes, browsers and networks: they take seconds, and two at a time would slow each other down. */
const slow = ['tests/{interop,e2e}/**/*.test.{ts,tsx}', 'tests/**/*.slow.test.ts'];

/**
 * Where nobody looks on, a test gets a second try: a machine that stalls for seconds can fail it, while what is broken
 * fails twice. The reporter names each that needed it.
 */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    // A rejection that nobody handles, or an error that nobody catches, fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    // The libraries tell each subscription: worth reading beside a test that failed.
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
          retry,
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
          retry,
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
          // Child processes would run on the system's C library again.
          pool: 'threads',
          testTimeout: 60_000,
          retry,
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
          retry,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
