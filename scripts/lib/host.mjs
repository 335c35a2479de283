import { findElectron, sandboxProblem } from './electron.mjs';

/**
 * @typedef {{ name: 'electron', program: string, why: string } | { name: 'browser', why: string }} Choice
 */

/**
 * Electron when its program and a display are there, else the browser host.
 *
 * @param {'electron' | 'browser' | null} forced
 * @param {string} node
 * @returns {Promise<Choice>} rejects when Electron is forced and cannot be had
 */
export async function chooseHost(forced, node) {
  if (forced === 'browser') return { name: 'browser', why: '--host browser asks for it' };
  // Without a display the program is not even downloaded.
  const problem = displayProblem();
  if (problem) return without(forced, problem);
  const found = await findElectron(node, { retry: forced === 'electron' });
  if ('reason' in found) return without(forced, found.reason);
  const sandbox = await sandboxProblem(found.path);
  if (sandbox) return without(forced, sandbox);
  const why = forced ? '--host electron asks for it' : 'its program and a display are there';
  return { name: 'electron', program: found.path, why };
}

/**
 * @param {'electron' | 'browser' | null} forced
 * @param {string} reason
 * @returns {Choice}
 */
function without(forced, reason) {
  if (forced === 'electron') throw new Error(`Electron cannot be used: ${reason}`);
  return { name: 'browser', why: `Electron cannot be used: ${reason}` };
}

export function displayProblem(platform = process.platform, env = process.env) {
  if (platform === 'darwin' || platform === 'win32') return null;
  if (env.DISPLAY || env.WAYLAND_DISPLAY) return null;
  return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}
