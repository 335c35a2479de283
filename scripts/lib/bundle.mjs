import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { withFileLock } from '../../main/base/file-lock.mjs';
import { bundleWeb } from './bundle-web.mjs';
import { inProject, listFiles, manifest, readOptional, root } from './project.mjs';

/** Input folders of a build. */
const SOURCES = ['main', 'preload', 'renderer', 'common', 'scripts/lib', 'assets'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'tsconfig.base.json'];

/**
 * The oldest runtime that each bundle supports. Electron 22 (Node 16, Chromium 108) runs the desktop window
 * tests.
 */
const TARGETS = { main: 'node16', cli: 'node20', options: 'node20', page: 'chrome108' };

/** How long to wait for a build by another process, in milliseconds. No build takes that long. */
const LOCK_MS = 120_000;

/**
 * @typedef {object} BuildOptions
 * @property {string} [outdir] output folder; defaults to `dist`
 * @property {string} [app] a test's replacement for main/app/app.ts
 * @property {string} [page] a test's replacement for renderer/main.tsx
 * @property {boolean} [development] whether to add source maps instead of minifying the bundles
 * @property {boolean} [readable] whether to keep names readable in a release build, for profiling
 * @property {string} [reloadFrom] if set, the page reloads itself after each build. In the browser host, this
 * is the address where the page finds a restarted app; in Electron, it is an empty string.
 */

/** Whether the last build used the current inputs and options. @param {BuildOptions} [options] */
export async function isBuilt(options = {}) {
  const outdir = options.outdir ?? inProject('dist');
  return (await readOptional(join(outdir, 'stamp'))) === (await stamp(options));
}

/**
 * Builds if an input has changed since the last build. Concurrent processes wait for each other.
 *
 * @param {BuildOptions} [options]
 * @param {() => void} [onBuild] called before a build starts
 */
export async function ensureBuilt(options = {}, onBuild) {
  if (await isBuilt(options)) return;
  onBuild?.();
  await build(options);
}

/**
 * Builds into a folder beside `outdir` and renames it into place, so that a running process never reads an incomplete
 * build.
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
      // The digest is computed before the sources are read, so a source that changes during this build causes another
      // build on the next run.
      const built = await stamp(options);
      await rm(fresh, { recursive: true, force: true });
      try {
        // esbuild is imported on demand, because the start script loads this module before the packages are installed.
        const esbuild = await import('esbuild');
        try {
          await bundle(fresh, options, esbuild);
        } finally {
          // esbuild's service process is stopped, because it would keep running while this process runs the
          // app.
          await esbuild.stop();
        }
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
 * @param {import('esbuild')} esbuild
 */
async function bundle(outdir, options, esbuild) {
  const { version } = await manifest();
  const minify = !options.development && !options.readable;
  const common = {
    absWorkingDir: root,
    bundle: true,
    sourcemap: options.development ? /** @type {const} */ ('inline') : false,
    logLevel: /** @type {const} */ ('warning'),
    logOverride: { 'empty-import-meta': /** @type {const} */ ('silent') },
    legalComments: /** @type {const} */ ('none'),
    plugins: [irohAddon, ...(options.app ? [replaceApp(options.app)] : [])],
  };
  const node = {
    ...common,
    platform: /** @type {const} */ ('node'),
    format: /** @type {const} */ ('cjs'),
    // This option only removes dead branches. Names stay readable in the stack traces that users report.
    minifySyntax: true,
    // Native addons load from node_modules. `bufferutil` and `utf-8-validate` are optional accelerators of ws.
    external: ['electron', '*.node', 'bufferutil', 'utf-8-validate'],
  };
  const define = (/** @type {boolean} */ inElectron) => ({
    APP_VERSION: JSON.stringify(version),
    IN_ELECTRON: String(inElectron),
    'process.env.NODE_ENV': options.development ? '"development"' : '"production"',
  });
  await allFinished([
    esbuild.build({
      ...node,
      entryPoints: [inProject('main/index.ts')],
      outfile: join(outdir, 'main/program.cjs'),
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
    // The start script parses the command line with the app's own parser, under the Node that is installed on the
    // system.
    esbuild.build({
      ...node,
      entryPoints: [inProject('main/host/cli/options.ts')],
      outfile: join(outdir, 'main/options.cjs'),
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
  await cp(inProject('main/cli.cjs'), join(outdir, 'main/cli.cjs'));
  await writePage(outdir, options);
  await cp(inProject('assets/icons'), join(outdir, 'renderer/icons'), { recursive: true });
}

/**
 * Like `Promise.all`, but rejects only after all promises have settled, because a build that is still running
 * would write into the folder of the next one.
 *
 * @param {Promise<unknown>[]} builds
 */
async function allFinished(builds) {
  await Promise.allSettled(builds);
  await Promise.all(builds);
}

/**
 * Writes the window's page. For `npm run dev`, the page also loads a script that reloads it after each build.
 *
 * @param {string} outdir
 * @param {BuildOptions} options
 */
async function writePage(outdir, { reloadFrom }) {
  const page = await readFile(inProject('renderer/index.html'), 'utf8');
  const target = join(outdir, 'renderer');
  if (reloadFrom === undefined) return writeFile(join(target, 'index.html'), page);
  const script = await readFile(inProject('scripts/lib/dev-reload.js'), 'utf8');
  const id = randomUUID();
  await Promise.all([
    writeFile(
      join(target, 'index.html'),
      page.replace('</head>', '  <script src="dev-reload.js"></script>\n  </head>'),
    ),
    writeFile(
      join(target, 'dev-reload.js'),
      script.replace('__RELOAD_FROM__', reloadFrom).replace('__BUILD_ID__', id),
    ),
    writeFile(join(target, 'build.json'), JSON.stringify({ id })),
  ]);
}

/** @type {import('esbuild').Plugin} */
const irohAddon = {
  name: 'iroh-addon',
  setup(build) {
    // The import is resolved to the file itself, because `main` in the package's manifest names a missing file, which
    // makes Node print a warning.
    build.onResolve({ filter: /^@number0\/iroh$/ }, () => ({
      path: '@number0/iroh/index.js',
      external: true,
    }));
  },
};

/**
 * Replaces main/app/app.ts with another module.
 *
 * @param {string} file
 */
function replaceApp(file) {
  return {
    name: 'replace-app',
    setup(/** @type {import('esbuild').PluginBuild} */ build) {
      build.onResolve({ filter: /^\.\/app\/app\.ts$/ }, () => ({ path: file }));
    },
  };
}

/** Computes a digest of all inputs and options of a build. @param {BuildOptions} options */
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
