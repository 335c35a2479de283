/** Exit statuses of the program, as documented in `--help`. */

/** Ended as requested. */
export const OK = 0;
/** An error, reported on stderr. */
export const FAILED = 1;
/** Invalid command line. */
export const USAGE = 2;
