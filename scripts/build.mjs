// Bundles the application with esbuild into dist/. `node scripts/build.mjs [--force]`; a second run with nothing
// changed builds nothing. `--development`: readable, with source maps. `--readable`: names alone. For tests: `--outdir DIR`, `--app FILE`,
// `--page FILE` (stand-ins for main/app/app.ts and renderer/main.tsx).
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, isBuilt } from './lib/bundle.mjs';
import { webSizes } from './lib/bundle-web.mjs';
import { inProject } from './lib/project.mjs';

const { values } = parseArgs({
  options: {
    force: { type: 'boolean' },
    outdir: { type: 'string' },
    app: { type: 'string' },
    page: { type: 'string' },
    development: { type: 'boolean' },
    readable: { type: 'boolean' },
  },
});
const options = {
  ...(values.outdir ? { outdir: resolve(values.outdir) } : {}),
  ...(values.app ? { app: resolve(values.app) } : {}),
  ...(values.page ? { page: resolve(values.page) } : {}),
  development: values.development ?? false,
  ...(values.readable ? { readable: true } : {}),
};
if (!values.force && (await isBuilt(options))) console.error('Nothing has changed since the last build.');
else {
  const startMs = Date.now();
  await build(options).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
  console.error(`Built in ${((Date.now() - startMs) / 1000).toFixed(1)} s.`);
  console.error(await webSizes(options.outdir ?? inProject('dist')));
}
