// `npm start`: installs, builds and runs the app. Each step is performed only if it is needed. `npm start -- --help`
// lists the options.
import { endLike, runChild } from './lib/child.mjs';
import { inProject, root } from './lib/project.mjs';
import { requireNode } from './lib/require-node.mjs';

requireNode();

try {
  endLike(await start(process.argv.slice(2)));
} catch (error) {
  console.error(error.message);
  if (process.argv.includes('--json'))
    console.log(JSON.stringify({ event: 'error', message: error.message }));
  process.exitCode = 1;
}

/** @param {string[]} args */
async function start(args) {
  const { ensureInstalled, nodeProgram } = await import('./lib/install.mjs');
  await ensureInstalled();
  const { ensureBuilt } = await import('./lib/bundle.mjs');
  await ensureBuilt({}, () => console.error('Building…'));
  const node = await nodeProgram();
  const inNode = () => runChild(node, [inProject('dist/main/cli.cjs'), ...args], { env: environment() });

  const options = await readOptions(args);
  // Commands that do not open the window do not need a host, and neither do invalid command lines.
  if (!options) return inNode();
  const { chooseHost } = await import('./lib/host.mjs');
  const host = await chooseHost(options.host, node);
  console.error(`Host: ${host.name}, because ${host.why}.`);
  if (host.name === 'browser') return inNode();
  // Chromium refuses to create its sandbox for root. Other users always get the sandbox.
  const flags = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return runChild(host.program, [...flags, root, ...args], { env: environment() });
}

/**
 * Returns the options of a command line that opens the window; null for any other command line.
 *
 * @param {string[]} args
 */
async function readOptions(args) {
  const { parseCommandLine, UsageError } = await import(
    new URL('../dist/main/options.cjs', import.meta.url).href
  );
  try {
    const command = parseCommandLine(args);
    return command.kind === 'run' ? command.options : null;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** Returns the app's environment variables. */
function environment() {
  // The app watches the process in `IROH_LIVE_PARENT`, which is this one. ELECTRON_RUN_AS_NODE is removed,
  // because it would turn Electron into plain Node.
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  return { ...env, IROH_LIVE_PARENT: String(process.pid) };
}
