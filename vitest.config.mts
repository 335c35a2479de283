import { defineConfig } from 'vitest/config';

/** Browsers too, but what they show is looked at, not how fast it comes: these run beside the unit tests. */
const views = ['tests/e2e/{ui,relay-viewer}.test.ts'];
/** Whole processes, browsers and networks: they take seconds, and two at a time would slow each other down. */
const slow = ['tests/{integration,interop,e2e}/**/*.test.{ts,tsx}', 'tests/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    // A rejection that nobody handles, or an error that nobody catches, fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          exclude: slow,
          environment: 'node',
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'views',
          include: views,
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'slow',
          include: slow,
          exclude: views,
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
