// `npm run docs:cli`: generates docs/cli.md from the definition of the command line in main/host/cli/options.ts. It
// requires a Node that runs TypeScript, such as the Node in node_modules, which npm scripts use.
import { writeFile } from 'node:fs/promises';
import { inProject } from './lib/project.mjs';

const { cliReference } = await import('../main/host/cli/reference.ts');
await writeFile(inProject('docs/cli.md'), cliReference());
