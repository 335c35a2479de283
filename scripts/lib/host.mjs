import { findElectron, sandboxProblem } from './electron.mjs';

/**
 * @typedef {{ name: 'electron', program: string, why: string } | { name: 'browser', why: string }} Choice
 */

/**
 * Chooses the host: Electron if the Electron program and a display are available, and the browser otherwise.
 *
 * @param {'electron' | 'browser' | null} forced
 * @param {string} node
 * @returns {Promise<Choice>} rejects if Electron is forced but unavailable
 */
export async function chooseHost(forced, node) {
  if (forced === 'browser') return { name: 'browser', why: '--host browser was given' };
  // The display is checked first, so that Electron is not downloaded to a machine without a display.
  const problem = displayProblem();
  if (problem) return browserInstead(forced, problem);
  const found = await findElectron(node, { retry: forced === 'electron' });
  if ('reason' in found) return browserInstead(forced, found.reason);
  const sandbox = await sandboxProblem(found.path);
  if (sandbox) return browserInstead(forced, sandbox);
  const why = forced ? '--host electron was given' : 'its program and a display are available';
  return { name: 'electron', program: found.path, why };
}

/**
 * Falls back to the browser host, because Electron is unavailable. Throws if Electron is forced.
 *
 * @param {'electron' | 'browser' | null} forced
 * @param {string} reason
 * @returns {Choice}
 */
function browserInstead(forced, reason) {
  if (forced === 'electron') throw new Error(`Electron cannot be used: ${reason}`);
  return { name: 'browser', why: `Electron cannot be used: ${reason}` };
}

/** Returns why a window cannot be shown; null if there is a display. */
export function displayProblem(platform = process.platform, env = process.env) {
  if (platform === 'darwin' || platform === 'win32') return null;
  if (env.DISPLAY || env.WAYLAND_DISPLAY) return null;
  return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}
