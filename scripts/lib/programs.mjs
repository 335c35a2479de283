import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runChild } from './child.mjs';

/** Maximum duration of a download or an installation, in milliseconds. */
const INSTALL_MS = 10 * 60_000;
/** Folders that contain administrator programs. A user's PATH often lacks them. */
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
 * Finds a program on PATH or in the administrator folders.
 *
 * @param {...string} names alternatives, in order of preference
 * @returns {Promise<string | null>} the program's path; null if none is found
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
 * Runs a program and sends its output to stderr.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<boolean>} false if the program fails, cannot be started or exceeds the time limit of ten
 * minutes
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
