import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { bundleWeb } from './bundle-web.mjs';
import { withFileLock } from './file-lock.mjs';
import { inProject, listFiles, manifest, readOptional, root } from './project.mjs';

/** What the bundles are made of. */
const SOURCES = ['main', 'preload', 'renderer', 'common', 'scripts/lib', 'assets'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'tsconfig.base.json'];

/** The oldest that must run it: the test runtime is Electron 22. */
const TARGETS = { main: 'node16', cli: 'node22', options: 'node20', page: 'chrome108' };

/** Longer than any build takes. */
const LOCK_MS = 120_000;

/**
 * @typedef {{ outdir?: string, app?: string, page?: string, development?: boolean, readable?: boolean }} BuildOptions
 */

/**
 * Whether the last build was made from what is there now.
 *
 * @param {BuildOptions} [options]
 */
export async function isBuilt(options = {}) {
  const outdir = options.outdir ?? inProject('dist');
  return (await readOptional(join(outdir, 'stamp'))) === (await stamp(options));
}

/**
 * Builds when something has changed. Processes that do so at the same time wait for each other.
 *
 * @param {BuildOptions} [options]
 * @param {() => void} [onBuild] called when there is something to build
 */
export async function ensureBuilt(options = {}, onBuild) {
  if (await isBuilt(options)) return;
  onBuild?.();
  await build(options);
}

/**
 * Builds into a folder beside `outdir` and puts it in place when everything is there, so that a process that reads
 * the old one never sees half of the new.
 *
 * @param {BuildOptions} [options]
 */
export async function build(options = {}) {
  const outdir = options.outdir ?? inProject('dist');
  await mkdir(join(outdir, '..'), { recursive: true });
  await withFileLock(
    `${outdir}.lock`,
    async () => {
      if (await isBuilt(options)) return;
      const fresh = `${outdir}.new`;
      const old = `${outdir}.old`;
      // Taken before reading the sources: a change during the build makes the next run build again.
      const built = await stamp(options);
      await rm(fresh, { recursive: true, force: true });
      try {
        await bundle(fresh, options);
        await writeFile(join(fresh, 'stamp'), built);
      } catch (error) {
        await rm(fresh, { recursive: true, force: true });
        throw error;
      }
      await rm(old, { recursive: true, force: true });
      await rename(outdir, old).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await rename(fresh, outdir);
      await rm(old, { recursive: true, force: true });
    },
    { timeoutMs: LOCK_MS },
  );
}

/**
 * @param {string} outdir
 * @param {BuildOptions} options
 */
async function bundle(outdir, options) {
  // Not at the top: the start script imports this module before the packages are there.
  const esbuild = await import('esbuild');
  const { version } = await manifest();
  // Readable: as it is shipped, but with names that a profile can tell.
  const minify = !options.development && !options.readable;
  const common = {
    absWorkingDir: root,
    bundle: true,
    sourcemap: options.development ? /** @type {const} */ ('inline') : false,
    logLevel: /** @type {const} */ ('warning'),
    logOverride: { 'empty-import-meta': /** @type {const} */ ('silent') },
    legalComments: /** @type {const} */ ('none'),
    plugins: [irohAddon, ...(options.app ? [standIn(options.app)] : [])],
  };
  const node = {
    ...common,
    platform: /** @type {const} */ ('node'),
    format: /** @type {const} */ ('cjs'),
    // Names stay readable in the traces that people send; only dead branches go.
    minifySyntax: true,
    // Native code is loaded from where npm put it. `bufferutil` and `utf-8-validate` are ws's optional speed-ups.
    external: ['electron', '*.node', 'bufferutil', 'utf-8-validate'],
  };
  const define = (/** @type {boolean} */ inElectron) => ({
    APP_VERSION: JSON.stringify(version),
    IN_ELECTRON: String(inElectron),
    'process.env.NODE_ENV': options.development ? '"development"' : '"production"',
  });
  await Promise.all([
    esbuild.build({
      ...node,
      entryPoints: [inProject('main/index.ts')],
      outfile: join(outdir, 'main/cli.cjs'),
      target: TARGETS.cli,
      define: define(false),
    }),
    esbuild.build({
      ...node,
      entryPoints: [inProject('main/index.ts')],
      outfile: join(outdir, 'main/electron.cjs'),
      target: TARGETS.main,
      define: define(true),
    }),
    // The start script reads the command line with the application's own parser, under the system's Node.
    esbuild.build({
      ...node,
      format: 'esm',
      entryPoints: [inProject('main/host/cli/options.ts')],
      outfile: join(outdir, 'main/options.mjs'),
      target: TARGETS.options,
    }),
    esbuild.build({
      ...node,
      entryPoints: [inProject('preload/preload.ts')],
      outfile: join(outdir, 'preload/preload.cjs'),
      target: TARGETS.page,
    }),
    esbuild.build({
      ...common,
      entryPoints: [options.page ?? inProject('renderer/main.tsx')],
      outdir: join(outdir, 'renderer'),
      entryNames: 'main',
      chunkNames: 'chunk-[hash]',
      assetNames: 'asset-[hash]',
      platform: 'browser',
      format: 'esm',
      splitting: true,
      minify,
      jsx: 'automatic',
      target: TARGETS.page,
      define: define(true),
      loader: {
        '.svg': 'file',
        '.png': 'file',
        '.woff2': 'file',
        '.mp3': 'file',
        '.ogg': 'file',
        '.wasm': 'file',
      },
    }),
    bundleWeb(esbuild, outdir, { ...common, minify, define: define(false) }),
  ]);
  await cp(inProject('renderer/index.html'), join(outdir, 'renderer/index.html'));
  await cp(inProject('assets/icons'), join(outdir, 'renderer/icons'), { recursive: true });
}

/** @type {import('esbuild').Plugin} */
const irohAddon = {
  name: 'iroh-addon',
  setup(build) {
    // By its file: the `main` in its manifest names one that is not there, which Node warns of.
    build.onResolve({ filter: /^@number0\/iroh$/ }, () => ({
      path: '@number0/iroh/index.js',
      external: true,
    }));
  },
};

/**
 * Puts another module in the place of main/app/app.ts.
 *
 * @param {string} file
 */
function standIn(file) {
  return {
    name: 'stand-in',
    setup(/** @type {import('esbuild').PluginBuild} */ build) {
      build.onResolve({ filter: /^\.\/app\.ts$/ }, () => ({ path: file }));
    },
  };
}

/**
 * A digest of everything that a build is made of.
 *
 * @param {BuildOptions} options
 */
async function stamp(options) {
  const hash = createHash('sha256');
  const files = (await Promise.all(SOURCES.map((folder) => listFiles(inProject(folder))))).flat();
  if (options.app) files.push(options.app);
  if (options.page) files.push(options.page);
  files.push(...SOURCE_FILES.map((file) => inProject(file)));
  for (const path of files.sort()) {
    hash
      .update(relative(root, path))
      .update('\0')
      .update(await readFile(path))
      .update('\0');
  }
  return hash.update(JSON.stringify({ ...options, outdir: undefined })).digest('hex');
}
