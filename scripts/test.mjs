// `npm test [-- vitest filters and flags]`: installs and builds as `npm start` does, finds what the tests need, runs
// them, and prints as its last line `N passed, N failed, N skipped`.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    // On a newer C library the tests' own `process.execPath` is that library's loader.
    NODE_PROGRAM: node,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
    ...(electron ? { ELECTRON_OVERRIDE_DIST_PATH: electron } : {}),
    ...(peers ? { PEERS_DIR: peers } : {}),
    ...(newerLibrary ? { NEWER_C_LIBRARY: newerLibrary } : {}),
    ...(display ? { DISPLAY: display } : {}),
  };
  const vitest = [node, inProject('node_modules', 'vitest', 'vitest.mjs'), 'run'];
  // One part of the tests is run on the newer library, unless the projects to run were named.
  const split = newerLibrary !== null && !args.some((argument) => argument.startsWith('--project'));
  const runs = split
    ? [
        [...vitest, '--project=!webtransport', '--passWithNoTests', ...args],
        [newerLibrary, ...vitest, '--project=webtransport', '--passWithNoTests', ...args],
      ]
    : [[...vitest, ...args]];
  try {
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const [index, [program, ...rest]] of runs.entries()) {
      const report = join(folder, `report-${index}.json`);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const end = await runChild(program, [...rest, ...reporters], { cwd: root, env });
      const { passed, failed, skipped } = await count(report);
      // Something went wrong that belongs to no test, such as an unhandled rejection: vitest has told what.
      const ghosts = end.code !== 0 && failed === 0 ? 1 : 0;
      if (ghosts) console.error('The run failed although no test did: see above.');
      total.passed += passed;
      total.failed += failed + ghosts;
      total.skipped += skipped;
      if (end.signal) break;
    }
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
  // A file that cannot be loaded has no tests to fail.
  const broken = testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken,
    skipped: numTotalTests - numPassedTests - numFailedTests,
  };
}
