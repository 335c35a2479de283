// `npm run docs:cli`: generates docs/cli.md from main/host/cli/options.ts. Requires a Node version that runs
// TypeScript, such as the one in node_modules, which npm scripts use.
import { writeFile } from 'node:fs/promises';
import { inProject } from './lib/project.mjs';

const { cliReference } = await import('../main/host/cli/reference.ts');
await writeFile(inProject('docs/cli.md'), cliReference());
