// `npm test [-- vitest filters and flags]`: installs and builds like `npm start`, sets up the programs that the tests
// need, runs the tests, and prints `N passed, N failed, N skipped` as its last line. If `FAILED_FILES=FILE` is set,
// the names of the failed test files are written to FILE, one per line.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChild } from './lib/child.mjs';
import { inProject, root } from './lib/project.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();

try {
  process.exitCode = await test(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}

/** @param {string[]} args */
async function test(args) {
  const { ensureInstalled, nodeProgram } = await import('./lib/install.mjs');
  await ensureInstalled();
  const { ensureBuilt } = await import('./lib/bundle.mjs');
  await ensureBuilt({}, () => console.error('Building…'));
  const node = await nodeProgram();
  const { setUpTests } = await import('./lib/test-parts.mjs');
  const { env, newerLibrary, excluded, close } = await setUpTests(node);
  const { mountRoot } = await import('./lib/root-mount.mjs');
  const rooted = await mountRoot();
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-tests-'));
  const vitest = [node, inProject('node_modules', 'vitest', 'vitest.mjs'), 'run', '--passWithNoTests'];
  // The project `webtransport` runs with the newer C library, unless the arguments select projects.
  const split = newerLibrary !== null && !args.some((argument) => argument.startsWith('--project'));
  const runs = split
    ? [
        [...vitest, '--project=!webtransport', ...args],
        [newerLibrary, ...vitest, '--project=webtransport', ...args],
      ]
    : [[...vitest, ...args]];
  try {
    // Each test file that cannot run counts as one skipped test.
    const total = { passed: 0, failed: 0, skipped: excluded.filter((file) => selects(args, file)).length };
    const failedFiles = [];
    for (const [index, [program, ...rest]] of runs.entries()) {
      const report = join(folder, `report-${index}.json`);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const [first, ...others] = [...rooted.command, program, ...rest, ...reporters];
      const end = await runChild(first, others, {
        cwd: root,
        env: { ...process.env, ...env, EXCLUDED_TESTS: excluded.join('\n') },
      });
      const { passed, failed, skipped, files } = await count(report);
      failedFiles.push(...files);
      // If the run fails although no test has failed, an error occurred outside all tests, such as an unhandled
      // rejection. Vitest has already printed it.
      const ghosts = end.code !== 0 && failed === 0 ? 1 : 0;
      if (ghosts) console.error('The test run failed although no test failed. The error is printed above.');
      total.passed += passed;
      total.failed += failed + ghosts;
      total.skipped += skipped;
      if (end.signal) break;
    }
    if (process.env.FAILED_FILES) await writeFile(process.env.FAILED_FILES, failedFiles.join('\n'));
    console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    return total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0;
  } finally {
    close();
    rooted.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Whether vitest's arguments select a test file. Vitest runs a file if its path contains one of the filters.
 *
 * @param {string[]} args
 * @param {string} file
 */
function selects(args, file) {
  const filters = args.filter((argument) => argument.startsWith('tests/'));
  return filters.length === 0 || filters.some((filter) => file.includes(filter));
}

/** @param {string} report vitest's report, in Jest's format */
async function count(report) {
  const { numPassedTests, numFailedTests, numTotalTests, testResults } = JSON.parse(
    await readFile(report, 'utf8'),
  );
  // If a file cannot be loaded or its setup fails, vitest reports no failed test for it. Count the file
  // itself as one failed test.
  const broken = testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken,
    skipped: numTotalTests - numPassedTests - numFailedTests,
    files: testResults
      .filter((/** @type {{ status: string }} */ { status }) => status === 'failed')
      .map((/** @type {{ name: string }} */ { name }) => relative(root, name)),
  };
}
