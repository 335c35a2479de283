/**
 * Wraps `callback` so that only the first call runs it; further calls do nothing. Used for functions that
 * release or unsubscribe.
 */
export function once(callback: () => void): () => void {
  let pending: (() => void) | undefined = callback;
  return () => {
    const first = pending;
    pending = undefined;
    first?.();
  };
}
