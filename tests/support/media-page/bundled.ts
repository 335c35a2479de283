import { build } from 'esbuild';

/**
 * Bundles a window module and loads it in Node. `@moq/hang` omits file extensions in its own imports, which a
 * bundler accepts but Node does not.
 */
export async function loadBundled<T>(entry: URL): Promise<T> {
  const result = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error('the bundle is empty');
  const module: unknown = await import(
    `data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`
  );
  return module as T;
}
