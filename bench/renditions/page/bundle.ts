import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The scripts that pages are given before their own. */
export interface PageScripts {
  publisher: string;
  viewer: string;
}

export async function bundlePageScripts(): Promise<PageScripts> {
  const worker = await bundle('source-worker.ts', {});
  const define = { SOURCE_WORKER: JSON.stringify(worker) };
  return {
    publisher: await bundle('publisher.ts', define),
    viewer: await bundle('viewer.ts', define),
  };
}

/** One of this folder's files as a script for a page. */
export async function bundle(file: string, define: Record<string, string>): Promise<string> {
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
  if (!output) throw new Error('nothing was built');
  return output.text;
}
