import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the project folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {string[]} parts */
export const inProject = (...parts) => join(root, ...parts);

export async function manifest() {
  return JSON.parse(await readFile(inProject('package.json'), 'utf8'));
}

/** Reads a file. Returns null if it does not exist. @param {string} path */
export async function readOptional(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Lists all files under a folder, as absolute paths. If the path is a file, returns only that file.
 *
 * @param {string} path absolute, or relative to the project folder
 * @returns {Promise<string[]>}
 */
export async function listFiles(path) {
  const absolute = resolve(root, path);
  if ((await stat(absolute)).isFile()) return [absolute];
  const entries = await readdir(absolute, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
