/** The oldest Node that the scripts run on. What the application runs on is installed. */
const OLDEST_MAJOR = 20;

/** Ends the process with one line when this Node is too old. */
export function requireNode(version = process.versions.node) {
  if (Number(version.split('.')[0]) >= OLDEST_MAJOR) return;
  console.error(`Node ${OLDEST_MAJOR} or newer is needed; this is ${version}. See https://nodejs.org.`);
  process.exit(1);
}
