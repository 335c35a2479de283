import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { inProject } from './project.mjs';

/**
 * Value in the fuse wire (`FuseState` in @electron/fuses) for a fuse that this version of Electron has
 * removed.
 */
const REMOVED = 0x72;
const ENABLED = 0x31;

/**
 * Maps electron-builder's fuse names to the fuses' positions in the fuse wire.
 *
 * @type {Readonly<Record<string, number>>}
 */
const positions = {
  runAsNode: FuseV1Options.RunAsNode,
  enableCookieEncryption: FuseV1Options.EnableCookieEncryption,
  enableNodeOptionsEnvironmentVariable: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
  enableNodeCliInspectArguments: FuseV1Options.EnableNodeCliInspectArguments,
  enableEmbeddedAsarIntegrityValidation: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
  onlyLoadAppFromAsar: FuseV1Options.OnlyLoadAppFromAsar,
  loadBrowserProcessSpecificV8Snapshot: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
  grantFileProtocolExtraPrivileges: FuseV1Options.GrantFileProtocolExtraPrivileges,
};

/**
 * Reads the fuses of an Electron program, by electron-builder's names. Omits those that the program does not
 * have.
 *
 * @param {string} program the executable, or the `.app` folder on macOS
 * @returns {Promise<Record<string, boolean>>}
 */
export async function fusesOf(program) {
  const wire = await getCurrentFuseWire(program);
  const states = Object.entries(positions).map(([name, position]) => [name, wire[position]]);
  return Object.fromEntries(
    states
      .filter(([, state]) => state !== undefined && state !== REMOVED)
      .map(([name, state]) => [name, state === ENABLED]),
  );
}

/**
 * Returns the names of the fuses that the Electron program in a folder does not have.
 *
 * @param {string} electronDist
 */
export async function missingFuses(electronDist) {
  const found = await fusesOf(
    join(electronDist, await programIn(electronDist, /^electron(?:\.exe|\.app)?$/i)),
  );
  return Object.keys(positions).filter((name) => !(name in found));
}

/**
 * Checks that every fuse of a packaged program has the value in electron-builder.yml.
 *
 * @param {string} program the executable, or the `.app` folder on macOS
 * @param {readonly string[]} missing names of fuses that this program's version of Electron does not have
 * @throws {Error} if the program cannot be read, if a fuse is missing, or if one does not match
 */
export async function checkFuses(program, missing = []) {
  const configured = await configuredFuses();
  const found = await fusesOf(program);
  for (const name of Object.keys(positions).filter((name) => !missing.includes(name))) {
    if (configured[name] === undefined) throw new Error(`electron-builder.yml does not set the fuse ${name}`);
    if (found[name] === undefined) throw new Error(`${program}: the fuse ${name} is missing`);
    if (found[name] !== configured[name])
      throw new Error(`${program}: the fuse ${name} is ${found[name] ? 'on' : 'off'}`);
  }
}

/**
 * Returns the path of the program that electron-builder has just packed.
 *
 * @param {import('electron-builder').AfterPackContext} context the argument of electron-builder's `afterPack` hook
 */
export function packedProgram({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo;
  if (electronPlatformName === 'darwin') return join(appOutDir, `${productFilename}.app`);
  if (electronPlatformName === 'win32') return join(appOutDir, `${productFilename}.exe`);
  const { executableName } = /** @type {{ executableName?: string }} */ (/** @type {unknown} */ (packager));
  return join(appOutDir, executableName ?? productFilename);
}

/**
 * Reads the fuse settings from electron-builder.yml.
 *
 * @returns {Promise<Record<string, boolean>>}
 */
async function configuredFuses() {
  const text = await readFile(inProject('electron-builder.yml'), 'utf8');
  const [, block = ''] = /^electronFuses:\n((?: .*\n)+)/m.exec(text) ?? [];
  return Object.fromEntries(
    [...block.matchAll(/^ {2}(\w+): (true|false)$/gm)].map(([, name, on]) => [name, on === 'true']),
  );
}

/**
 * @param {string} folder
 * @param {RegExp} pattern
 */
async function programIn(folder, pattern) {
  const name = (await readdir(folder)).find((name) => pattern.test(name));
  if (name === undefined) throw new Error(`${folder} does not contain a program`);
  return name;
}
