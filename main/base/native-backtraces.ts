/**
 * Disables stack traces in the errors of native addons, even if `RUST_BACKTRACE` is set. Native errors are
 * common (for example, a cancelled stream), and the first stack trace loads the symbols of the whole process
 * (30 MB). Must be called before the first error. Panics still print their stack traces.
 */
export function disableNativeBacktraces(): void {
  process.env.RUST_LIB_BACKTRACE = '0';
}
