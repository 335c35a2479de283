import { useEffect, useState } from 'react';

/**
 * How long a button stays disabled after it has become visible, in milliseconds. Firefox uses the same delay for its
 * security dialogs (`security.dialog_enable_delay`).
 */
const ARM_MS = 1_000;

/**
 * Whether a button that turns on devices or connects to a peer may be pressed. It may not during the first second after
 * the component was mounted, or after the window received the focus or became visible. A peer decides when its call or
 * link arrives, so it could otherwise place the button under a click or key press that was meant for something else.
 */
export function useArmed(): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = (): void => {
      clearTimeout(timer);
      setArmed(false);
      timer = setTimeout(() => setArmed(true), ARM_MS);
    };
    restart();
    addEventListener('focus', restart);
    document.addEventListener('visibilitychange', restart);
    return () => {
      clearTimeout(timer);
      removeEventListener('focus', restart);
      document.removeEventListener('visibilitychange', restart);
    };
  }, []);
  return armed;
}
