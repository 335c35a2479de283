// `npm run package`: builds installers for the current operating system into release/.
//   --dir                  builds only the unpacked app
//   --electron-dist DIR    uses the Electron in DIR instead of the downloaded one
//   --output DIR           writes to DIR instead of release/
//   --polyfill DIR         for tests with an older Electron: packs the folder as polyfill/; its main.cjs runs first and
//                          then loads ../dist/main/electron.cjs
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inProject, root } from './lib/project.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();

const { values } = parseArgs({
  options: {
    dir: { type: 'boolean' },
    'electron-dist': { type: 'string' },
    output: { type: 'string' },
    polyfill: { type: 'string' },
  },
});

try {
  const { ensureInstalled } = await import('./lib/install.mjs');
  await ensureInstalled();
  const { ensureBuilt } = await import('./lib/bundle.mjs');
  await ensureBuilt({}, () => console.error('Building…'));
  const { build } = await import('electron-builder');
  const { checkFuses, missingFuses, packedProgram } = await import('./lib/fuses.mjs');
  const electronDist = values['electron-dist'] ? resolve(values['electron-dist']) : null;
  const missing = electronDist ? await missingFuses(electronDist) : [];
  /** @type {string[]} */
  const programs = [];
  const output = values.output ? resolve(values.output) : inProject('release');
  await build({
    projectDir: root,
    dir: values.dir ?? false,
    publish: 'never',
    config: {
      extends: inProject('electron-builder.yml'),
      ...(electronDist ? await withElectron(electronDist) : {}),
      // This hook can still change the fuse settings, because electron-builder sets the fuses after the hook
      // has run.
      afterPack: (context) => {
        programs.push(packedProgram(context));
        const fuses = Object.entries(context.packager.config.electronFuses ?? {});
        context.packager.config.electronFuses = Object.fromEntries(
          fuses.filter(([name]) => !missing.includes(name)),
        );
      },
      directories: { output },
      ...(values.polyfill ? withPolyfill(resolve(values.polyfill)) : {}),
    },
  });
  if (programs.length === 0) throw new Error('electron-builder has not packed a program');
  for (const program of programs) await checkFuses(program, missing);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * Reads Electron's version from the `version` file in its folder.
 *
 * @param {string} electronDist
 */
async function withElectron(electronDist) {
  const version = (await readFile(join(electronDist, 'version'), 'utf8')).trim().replace(/^v/, '');
  return { electronDist, electronVersion: version };
}

/** @param {string} from */
function withPolyfill(from) {
  return { files: [{ from, to: 'polyfill' }], extraMetadata: { main: 'polyfill/main.cjs' } };
}
