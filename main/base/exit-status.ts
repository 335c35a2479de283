/** The program's exit statuses, as documented in `--help`. */

/** The program ended as requested. */
export const OK = 0;
/** An error occurred and was reported on stderr. */
export const FAILED = 1;
/** The command line was invalid. */
export const USAGE = 2;
