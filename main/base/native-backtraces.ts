/**
 * Disables stack traces in the errors of native addons, even if `RUST_BACKTRACE` is set. The first trace
 * loads the symbols of the whole process (30 MB), and these errors are everyday events such as a canceled
 * stream. Must be called before the first error; panics still print their traces.
 */
export function disableNativeBacktraces(): void {
  process.env.RUST_LIB_BACKTRACE = '0';
}
