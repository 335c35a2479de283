import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Readable } from '../../../common/base/store.ts';

/** The current value of a store. The component re-renders after each change. */
export function useReadable<T>(readable: Readable<T>): T {
  const subscribe = useCallback((onChange: () => void) => readable.subscribe(onChange), [readable]);
  return useSyncExternalStore(subscribe, () => readable.get());
}

/** The wall clock in milliseconds since the epoch, updated every `everyMs` milliseconds while `running`. */
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

/** Whether a media query currently matches. */
export function useMediaQuery(query: string): boolean {
  // Creating a new query list for each render would cost more than the render.
  const list = useMemo(() => matchMedia(query), [query]);
  const subscribe = useCallback(
    (onChange: () => void) => {
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    [list],
  );
  return useSyncExternalStore(subscribe, () => list.matches);
}
