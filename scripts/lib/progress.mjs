/** How often a running step reports that it is still running, in milliseconds. */
const REPORT_MS = 5_000;

/**
 * Runs a step that may take longer than a second, and shows on stderr that it runs: its title at the start, then the
 * elapsed time and the step's latest detail every five seconds.
 *
 * @template T
 * @param {string} title such as `Installing packages`
 * @param {(show: (detail: string) => void) => Promise<T>} work `show` sets the detail of the next report
 * @returns {Promise<T>} rejects if `work` rejects
 */
export async function withProgress(title, work) {
  console.error(`${title}…`);
  const startMs = Date.now();
  let detail = '';
  const timer = setInterval(() => {
    const elapsedS = Math.round((Date.now() - startMs) / 1_000);
    console.error(`${title}: ${elapsedS} s${detail && `, ${detail}`}`);
  }, REPORT_MS);
  try {
    return await work((text) => {
      detail = text;
    });
  } finally {
    clearInterval(timer);
  }
}
