import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { listFiles, root } from './project.mjs';

/** Matches the function in tests/support/browser.ts that starts a browser. */
const LAUNCH = /\blaunchChromium\b/;
const IMPORT = /(?:^|\n)(?:import|export)\s[^;]*?from '(\.[^']+)'/g;

/**
 * Finds the test files that start a browser, either directly or through a module under tests/support.
 *
 * @returns {Promise<string[]>} paths relative to the project folder
 */
export async function findBrowserTests() {
  const paths = (await listFiles('tests')).filter((path) => /\.tsx?$/.test(path));
  /** @type {Map<string, { imports: string[], launches: boolean }>} */
  const modules = new Map();
  for (const path of paths) {
    const text = await readFile(path, 'utf8');
    const imports = [...text.matchAll(IMPORT)].map(([, from = '']) => join(dirname(path), from));
    modules.set(path, { imports, launches: LAUNCH.test(text) && !path.endsWith('browser.ts') });
  }
  /** @type {(path: string) => boolean} */
  const launches = (path) => {
    const found = modules.get(path);
    return found !== undefined && (found.launches || found.imports.some(launches));
  };
  return paths
    .filter((path) => /\.test\.tsx?$/.test(path) && launches(path))
    .map((path) => relative(root, path));
}
