import { type RefObject, useEffect, useState } from 'react';

/** The controls over the video are hidden after this long without input, in milliseconds. */
const IDLE_MS = 3000;

/**
 * Whether the user has not moved the pointer in `area` or pressed a key for a while. Always false while
 * `controls` has the pointer or the keyboard focus.
 */
export function useIdle(
  area: RefObject<HTMLElement | null>,
  controls: RefObject<HTMLElement | null>,
  enabled: boolean,
): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = area.current;
    if (!enabled || !element) {
      setIdle(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onTimeout = (): void => {
      const used = controls.current;
      if (used?.matches(':hover') || used?.querySelector(':focus-visible')) wake();
      else setIdle(true);
    };
    const wake = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(onTimeout, IDLE_MS);
    };
    wake();
    for (const type of events) element.addEventListener(type, wake);
    addEventListener('keydown', wake);
    return () => {
      clearTimeout(timer);
      for (const type of events) element.removeEventListener(type, wake);
      removeEventListener('keydown', wake);
    };
  }, [area, controls, enabled]);
  return idle;
}

const events = ['pointermove', 'pointerdown', 'focusin'] as const;
