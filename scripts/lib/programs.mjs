import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runChild } from './child.mjs';

/** Maximum duration of a download or an installation, in milliseconds. */
const INSTALL_MS = 10 * 60_000;
/** Folders of programs for administrators, which a user's PATH often lacks. */
const ADMIN_FOLDERS = process.platform === 'linux' ? ['/usr/sbin', '/sbin'] : [];

/** Returns whether a file or folder exists. @param {string} path */
export async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds a program on PATH or in the folders for administrators.
 *
 * @param {...string} names alternatives, in order of preference
 * @returns {Promise<string | null>} its path, or null if there is none
 */
export async function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ADMIN_FOLDERS];
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await exists(path)) return path;
    }
  }
  return null;
}

/**
 * Runs a program with its output on stderr.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<boolean>} false if it fails, cannot be started or exceeds the time limit of ten minutes
 */
export async function succeeds(program, args, options = {}) {
  try {
    const signal = AbortSignal.timeout(INSTALL_MS);
    return (await runChild(program, args, { stdio: ['ignore', 2, 2], ...options, signal })).code === 0;
  } catch (error) {
    console.error(`${program}: ${error.message}`);
    return false;
  }
}
