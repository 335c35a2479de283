// The entry point of the command-line program. It checks the version of Node before Node reads the program itself, which
// an older version could not parse. Therefore this file uses only syntax that every version knows.

/** The oldest version of Node that runs the program; the same as in package.json. */
const OLDEST_MAJOR = 20;

if (Number.parseInt(process.versions.node, 10) < OLDEST_MAJOR) {
  process.stderr.write(
    `Node ${OLDEST_MAJOR} or newer is required; this is ${process.versions.node}. See https://nodejs.org.\n`,
  );
  process.exit(1);
}
require('./program.cjs');
