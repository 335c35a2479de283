/**
 * Prints a message that tests are skipped because something could not be set up.
 *
 * @param {string} what the tests that are skipped
 * @param {string} why the reason
 * @param {string | null} [command] the command that sets up what is missing
 */
export function printSkipped(what, why, command = null) {
  console.error(`SKIPPED: ${what}: ${why}${command ? `; to set it up: ${command}` : ''}`);
}
