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
  await build({
    projectDir: root,
    dir: values.dir ?? false,
    publish: 'never',
    config: {
      extends: inProject('electron-builder.yml'),
      ...(values['electron-dist'] ? await withElectron(resolve(values['electron-dist'])) : {}),
      ...(values.output ? { directories: { output: resolve(values.output) } } : {}),
      ...(values.polyfill ? withPolyfill(resolve(values.polyfill)) : {}),
    },
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Reads Electron's version from the file `version` in its folder. @param {string} electronDist */
async function withElectron(electronDist) {
  const version = (await readFile(join(electronDist, 'version'), 'utf8')).trim().replace(/^v/, '');
  return { electronDist, electronVersion: version };
}

/** @param {string} from */
function withPolyfill(from) {
  return { files: [{ from, to: 'polyfill' }], extraMetadata: { main: 'polyfill/main.cjs' } };
}
