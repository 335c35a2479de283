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
  const parts = await import('./lib/test-parts.mjs');
  const chromium = await parts.findChromium(node);
  const electron = await parts.findElectronRuntime();
  const peers = await parts.findPeers();
  const newerLibrary = await parts.findNewerLibrary(node);
  const { display, close } = await parts.openDisplay();
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-tests-'));
  const env = {
    ...process.env,
    // With a newer C library, `process.execPath` in the tests is that library's loader.
    NODE_PROGRAM: node,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
    ...(electron ? { ELECTRON_OVERRIDE_DIST_PATH: electron } : {}),
    ...(peers ? { PEERS_DIR: peers } : {}),
    ...(newerLibrary ? { NEWER_C_LIBRARY: newerLibrary } : {}),
    ...(display ? { DISPLAY: display } : {}),
  };
  const vitest = [node, inProject('node_modules', 'vitest', 'vitest.mjs'), 'run'];
  // The project `webtransport` runs with the newer C library, unless the arguments select projects.
  const split = newerLibrary !== null && !args.some((argument) => argument.startsWith('--project'));
  const runs = split
    ? [
        [...vitest, '--project=!webtransport', '--passWithNoTests', ...args],
        [newerLibrary, ...vitest, '--project=webtransport', '--passWithNoTests', ...args],
      ]
    : [[...vitest, ...args]];
  try {
    const total = { passed: 0, failed: 0, skipped: 0 };
    const failedFiles = [];
    for (const [index, [program, ...rest]] of runs.entries()) {
      const report = join(folder, `report-${index}.json`);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const end = await runChild(program, [...rest, ...reporters], { cwd: root, env });
      const { passed, failed, skipped, files } = await count(report);
      failedFiles.push(...files);
      // An error occurred outside any test, such as an unhandled rejection. Vitest has already printed it.
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
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} report vitest's report, in Jest's format */
async function count(report) {
  const { numPassedTests, numFailedTests, numTotalTests, testResults } = JSON.parse(
    await readFile(report, 'utf8'),
  );
  // A test file that cannot be loaded contains no failed test, so the file itself is counted as one.
  const broken = testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
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
