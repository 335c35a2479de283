import { useEffect } from 'react';

/**
 * Keeps the screen on until the returned function is called. Browsers release the lock when the page is
 * hidden, so it is requested again when the page becomes visible. Does nothing without the Screen Wake Lock
 * API (https://www.w3.org/TR/screen-wake-lock/).
 */
export function holdWakeLock(): () => void {
  const { wakeLock } = navigator as Partial<Navigator>;
  if (!wakeLock) return () => undefined;
  let stopped = false;
  let held: WakeLockSentinel | null = null;

  const isHeld = (): boolean => held !== null && !held.released;
  const request = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || isHeld()) return;
    let granted: WakeLockSentinel;
    try {
      granted = await wakeLock.request('screen');
    } catch {
      // Browsers refuse when the battery is low, and in frames without permission. An error message would not
      // help the user.
      return;
    }
    if (stopped || isHeld()) await granted.release();
    else held = granted;
  };
  const onVisibility = (): void => void request();
  document.addEventListener('visibilitychange', onVisibility);
  void request();

  return () => {
    stopped = true;
    document.removeEventListener('visibilitychange', onVisibility);
    void held?.release();
  };
}

/** Keeps the screen on while `wanted` is true and the component is mounted. */
export function useWakeLock(wanted: boolean): void {
  useEffect(() => (wanted ? holdWakeLock() : undefined), [wanted]);
}
