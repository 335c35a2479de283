import { defineConfig } from 'vitest/config';

/** Tests with real connections and no browser. They mostly wait, so several files run in parallel. */
const connections = ['tests/integration/**/*.test.ts', 'tests/interop/!(moq-relay).test.ts'];
/**
 * Tests that need the WebTransport addon. If the addon needs a newer C library than the system has, `scripts/test.mjs` runs
 * this project separately on a newer one.
 */
const webTransport = ['tests/{integration,interop}/**/*.webtransport.test.ts'];
/** Tests that mostly wait for a browser and whose results depend little on timing. Two files run in parallel. */
const browsers = [
  'tests/e2e/ui/*.test.{ts,tsx}',
  'tests/e2e/relay-{base-path,name-taken,refusals,resume,viewer,viewer-count}.test.ts',
  'tests/e2e/{leftovers,limited-browsers,live-windows,publisher-gone,wake-lock}.test.ts',
];
/** Other tests with whole processes, browsers and networks. They run one at a time, because two would slow each other down. */
const slow = ['tests/{interop,e2e}/**/*.test.{ts,tsx}', 'tests/**/*.slow.test.ts'];

/**
 * Time limits in milliseconds. They only end a test that hangs, so they are long enough for a busy machine. A test of how
 * long something takes measures the time itself.
 */
const limits = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 15_000 } },
};

/** Test files that cannot run on this machine, one per line: `scripts/test.mjs` names them. */
const excluded = (process.env.EXCLUDED_TESTS ?? '').split('\n').filter((file) => file !== '');

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
          exclude: [...slow, ...excluded],
          environment: 'node',
          maxWorkers: 2,
          ...limits,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'connections',
          include: connections,
          exclude: [...webTransport, ...excluded],
          environment: 'node',
          ...limits,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'webtransport',
          include: webTransport,
          exclude: excluded,
          environment: 'node',
          // Child processes would use the system's C library again.
          pool: 'threads',
          ...limits,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browsers',
          include: browsers,
          exclude: excluded,
          environment: 'node',
          ...limits,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'slow',
          include: slow,
          exclude: [...connections, ...webTransport, ...browsers, ...excluded],
          environment: 'node',
          ...limits,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
