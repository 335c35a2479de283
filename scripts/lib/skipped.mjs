/**
 * Prints that tests are skipped because something could not be set up.
 *
 * @param {string} what the tests
 * @param {string} why
 * @param {string | null} [command] sets up the missing part
 */
export function printSkipped(what, why, command = null) {
  console.error(`SKIPPED: ${what}: ${why}${command ? `; to set it up: ${command}` : ''}`);
}
