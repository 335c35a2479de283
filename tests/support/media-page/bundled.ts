import { build } from 'esbuild';

/**
 * Loads a module of the window's as its bundle has it. `@moq/hang` leaves the endings off its own imports, which a
 * bundler accepts and Node does not.
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
  if (!file) throw new Error('nothing was built');
  const module: unknown = await import(
    `data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`
  );
  return module as T;
}
