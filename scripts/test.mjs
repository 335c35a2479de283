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
  const { display, close } = await parts.openDisplay();
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-tests-'));
  const report = join(folder, 'report.json');
  try {
    const env = {
      ...process.env,
      ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
      ...(electron ? { ELECTRON_OVERRIDE_DIST_PATH: electron } : {}),
      ...(peers ? { PEERS_DIR: peers } : {}),
      ...(display ? { DISPLAY: display } : {}),
    };
    const vitest = inProject('node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const end = await runChild(node, [vitest, 'run', ...reporters, ...args], { cwd: root, env });
    const { passed, failed, skipped } = await count(report);
    // Something went wrong that belongs to no test, such as an unhandled rejection: vitest has told what.
    const ghosts = end.code !== 0 && failed === 0 ? 1 : 0;
    if (ghosts) console.error('The run failed although no test did: see above.');
    console.log(`${passed} passed, ${failed + ghosts} failed, ${skipped} skipped`);
    return end.code ?? 1;
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
