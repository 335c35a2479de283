import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { Readable } from '../../common/store.ts';

/** The present value of a store; the component renders again after each change. */
export function useReadable<T>(readable: Readable<T>): T {
  const subscribe = useCallback((onChange: () => void) => readable.subscribe(onChange), [readable]);
  return useSyncExternalStore(subscribe, () => readable.get());
}

/** The wall clock in milliseconds since the epoch, read again every `everyMs` while `running`. */
export function useNow(everyMs: number, running = true): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, running]);
  return nowMs;
}

/** Whether a media query matches now. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
