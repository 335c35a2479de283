/**
 * The oldest Node version that can run the scripts and the program. It is the same as in package.json and
 * main/cli.cjs.
 */
export const OLDEST_MAJOR = 20;

/** Ends the process with status 1 and one line on stderr if this Node is too old. */
export function requireNode(version = process.versions.node) {
  if (Number(version.split('.')[0]) >= OLDEST_MAJOR) return;
  console.error(`Node ${OLDEST_MAJOR} or newer is required; this is ${version}. See https://nodejs.org.`);
  process.exit(1);
}
