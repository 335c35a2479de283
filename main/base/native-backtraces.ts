/**
 * Disables the stack traces in the errors of native addons, whatever `RUST_BACKTRACE` says. The errors are ordinary events
 * such as a stream that a viewer has cancelled, and the first trace loads the symbols of the whole process: 30 MB of
 * memory. Panics still print theirs. Has an effect only before the first such error.
 */
export function disableNativeBacktraces(): void {
  process.env.RUST_LIB_BACKTRACE = '0';
}
