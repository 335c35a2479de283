// `node scripts/build.mjs [--force]`: bundles the app with esbuild into dist/, unless nothing has changed since the last
// build. --force always builds.
//   --development      does not minify the bundles, and adds source maps
//   --readable         builds a release with readable names, for profiling
//   --outdir DIR       writes to DIR instead of dist/
//   --app FILE         for tests: replaces main/app/app.ts
//   --page FILE        for tests: replaces renderer/main.tsx
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
