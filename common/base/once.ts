/** Wraps `callback` so that only the first call runs it; later calls do nothing. For releases and unsubscribers. */
export function once(callback: () => void): () => void {
  let pending: (() => void) | undefined = callback;
  return () => {
    const first = pending;
    pending = undefined;
    first?.();
  };
}
