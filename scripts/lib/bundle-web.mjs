import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { inProject } from './project.mjs';

/**
 * A relay's pages: `web/index.html` (the viewer), `embed.html` and `publish.html`. All other files are in
 * `web/assets/` under hashed names. `later` lists modules that a page loads on demand.
 */
const PAGES = {
  viewer: { html: 'index.html', title: 'Watch · Iroh Live', later: ['renderer/web/RelayWatch.tsx'] },
  embed: { html: 'embed.html', title: 'Iroh Live', later: [] },
  publish: { html: 'publish.html', title: 'Go live · Iroh Live', later: [] },
};

/** The oldest browsers with WebCodecs. Chromium 108 is also the oldest runtime of the app's own window. */
const TARGET = ['chrome108', 'edge108', 'firefox130', 'safari16.4'];

/** An esbuild plugin that replaces a single file in a package. An esbuild alias cannot do that. */
const noIetf = {
  name: 'no-ietf',
  /** @param {import('esbuild').PluginBuild} build */
  setup: (build) =>
    build.onResolve({ filter: /^\.\/connection\.js$/ }, ({ importer }) =>
      /@moq[\\/]net[\\/]ietf[\\/]index\.js$/.test(importer)
        ? { path: inProject('renderer/web/ietf-stub.ts') }
        : undefined,
    ),
};

/**
 * Bundles a relay's pages into `outdir`/web and writes the compressed size of each page to web/sizes.json.
 *
 * @param {import('esbuild')} esbuild
 * @param {string} outdir
 * @param {import('esbuild').BuildOptions} common
 */
export async function bundleWeb(esbuild, outdir, common) {
  const web = join(outdir, 'web');
  const { metafile } = await esbuild.build({
    ...common,
    entryPoints: Object.keys(PAGES).map((name) => inProject(`renderer/web/${name}.tsx`)),
    outdir: join(web, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: '[name]-[hash]',
    platform: 'browser',
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    target: TARGET,
    metafile: true,
    alias: { '@moq/flate': inProject('renderer/web/flate-stub.ts') },
    plugins: [noIetf],
    loader: { '.svg': 'file', '.png': 'file', '.wasm': 'file' },
  });
  const icon = await readFile(inProject('assets/icons/icon.svg'));
  await mkdir(join(web, 'assets'), { recursive: true });
  await writeFile(join(web, 'assets/icon.svg'), icon);
  const template = await readFile(inProject('renderer/web/page.html'), 'utf8');
  /** @type {Record<string, { first: number, watching: number }>} */
  const sizes = {};
  for (const [name, { html: file, title, later }] of Object.entries(PAGES)) {
    const entry = outputOf(metafile, `renderer/web/${name}.tsx`);
    const style = metafile.outputs[entry]?.cssBundle;
    const parts = { title, icon: 'icon.svg', script: basename(entry), style: basename(style ?? '') };
    const html = Object.entries(parts).reduce(
      (text, [key, value]) => text.replace(`{{${key}}}`, value),
      template,
    );
    await writeFile(join(web, file), html);
    const first = reach(metafile, [entry, ...(style ? [style] : [])]);
    const all = reach(metafile, [...first, ...later.map((source) => outputOf(metafile, source))]);
    const page = await gzipped(Buffer.from(html));
    sizes[name] = { first: page + (await weigh(first)), watching: page + (await weigh(all)) };
  }
  await writeFile(join(web, 'sizes.json'), `${JSON.stringify(sizes, null, 2)}\n`);
}

/** Describes the pages' compressed sizes in one sentence. @param {string} outdir */
export async function webSizes(outdir) {
  const sizes = JSON.parse(await readFile(join(outdir, 'web/sizes.json'), 'utf8'));
  const kB = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  return (
    `Relay pages, compressed: start ${kB(sizes.viewer.first)}, watching ${kB(sizes.viewer.watching)}, ` +
    `embedded ${kB(sizes.embed.first)}, publishing ${kB(sizes.publish.first)}.`
  );
}

/**
 * @param {import('esbuild').Metafile} metafile
 * @param {string} source
 */
function outputOf(metafile, source) {
  const found = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === source);
  if (!found) throw new Error(`esbuild produced no output for ${source}`);
  return found[0];
}

/**
 * Returns the given files and everything that they import statically, even indirectly.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {readonly string[]} from
 */
function reach(metafile, from) {
  const found = new Set();
  const visit = (/** @type {string} */ file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') visit(path);
    }
  };
  for (const file of from) visit(file);
  return [...found];
}

/** @param {readonly string[]} files */
async function weigh(files) {
  const sizes = await Promise.all(files.map(async (file) => gzipped(await readFile(inProject(file)))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Returns the size of a file in the form that the relay sends, in bytes. @param {Buffer} bytes */
async function gzipped(bytes) {
  return (await promisify(gzip)(bytes, { level: 9 })).length;
}
