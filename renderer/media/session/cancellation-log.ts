/**
 * The message that @moq/net logs when a subscriber cancels with code 0, which every subscriber sends when it stops
 * reading.
 */
const CANCELLED = /^publish error: .* error=remote error: 0$/;

let installed = false;

/**
 * Logs the end of a subscription at the level `debug` in this page. @moq/net logs it as a warning, so each change of
 * the quality looks like a fault. Idempotent.
 */
export function logCancellationsAsDebug(): void {
  if (installed) return;
  installed = true;
  const { debug, warn } = console;
  console.warn = (...data: unknown[]): void => {
    const [message] = data;
    if (typeof message === 'string' && CANCELLED.test(message)) debug.call(console, message);
    else warn.apply(console, data);
  };
}
