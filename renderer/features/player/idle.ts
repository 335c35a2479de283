import { type RefObject, useEffect, useState } from 'react';

/** After this long without a move, the controls over a moving picture are in the way. */
const IDLE_MS = 3000;

/**
 * Whether the pointer and the keyboard have rested for a while over `area`. Never while something in `awake` has the
 * focus by keyboard or is pointed at.
 */
export function useIdle(
  area: RefObject<HTMLElement | null>,
  awake: RefObject<HTMLElement | null>,
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
    const rest = (): void => {
      const controls = awake.current;
      if (controls?.matches(':hover') || controls?.querySelector(':focus-visible')) wake();
      else setIdle(true);
    };
    const wake = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(rest, IDLE_MS);
    };
    wake();
    for (const type of events) element.addEventListener(type, wake);
    addEventListener('keydown', wake);
    return () => {
      clearTimeout(timer);
      for (const type of events) element.removeEventListener(type, wake);
      removeEventListener('keydown', wake);
    };
  }, [area, awake, enabled]);
  return idle;
}

const events = ['pointermove', 'pointerdown', 'focusin'] as const;
