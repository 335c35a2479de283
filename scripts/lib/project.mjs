import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string[]} parts */
export const inProject = (...parts) => join(root, ...parts);

export async function manifest() {
  return JSON.parse(await readFile(inProject('package.json'), 'utf8'));
}

/**
 * The text of a file, or null when it is not there.
 *
 * @param {string} path
 */
export async function readOptional(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
