import { useCallback, useSyncExternalStore } from 'react';

function subscribe(onChange: () => void): () => void {
  document.addEventListener('fullscreenchange', onChange);
  return () => document.removeEventListener('fullscreenchange', onChange);
}

/** Full-screen mode for one element. `toggle` rejects if the browser refuses. */
export function useFullScreen(element: () => HTMLElement | null): {
  active: boolean;
  toggle(): Promise<void>;
} {
  const active = useSyncExternalStore(subscribe, () => document.fullscreenElement !== null);
  const toggle = useCallback(async (): Promise<void> => {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await element()?.requestFullscreen();
  }, [element]);
  return { active, toggle };
}
