// `npm run docs:cli`: writes docs/cli.md from the definition of the command line in main/host/cli/options.ts.
// It needs a Node that runs TypeScript, which is the one in node_modules that npm scripts use.
import { writeFile } from 'node:fs/promises';
import { inProject } from './lib/project.mjs';

const { cliReference } = await import('../main/host/cli/reference.ts');
await writeFile(inProject('docs/cli.md'), cliReference());
