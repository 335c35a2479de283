import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The scripts that are injected into each page before the page's own scripts. */
export interface PageScripts {
  publisher: readonly string[];
  viewer: readonly string[];
}

/** Bundles the page scripts. With `hops`, they also record when frames pass encoders, sockets and decoders. */
export async function bundlePageScripts({ hops }: { hops: boolean }): Promise<PageScripts> {
  const worker = await bundle('source-worker.ts', {});
  const define = { SOURCE_WORKER: JSON.stringify(worker) };
  const all = (...files: string[]) => Promise.all(files.map((file) => bundle(file, define)));
  return {
    publisher: await all('publisher.ts', ...(hops ? ['hops-publisher.ts'] : [])),
    viewer: await all('viewer.ts', ...(hops ? ['hops-viewer.ts'] : [])),
  };
}

/** Bundles a file in this folder for a page. */
async function bundle(file: string, define: Record<string, string>): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome108',
    define,
    logLevel: 'error',
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error('esbuild returned no output');
  return output.text;
}
