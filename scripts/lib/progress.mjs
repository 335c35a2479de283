/** Interval between progress reports of a running step, in milliseconds. */
const REPORT_MS = 5_000;

/**
 * Runs a step that may take longer than a second, and reports its progress on stderr. Prints the title at the
 * start. Every five seconds, prints the elapsed time and the latest detail.
 *
 * @template T
 * @param {string} title such as `Installing packages`
 * @param {(show: (detail: string) => void) => Promise<T>} work `show` sets the detail for the next report
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
