import { useEffect, useState } from 'react';

/**
 * How long a button stays disabled after it has become visible, in milliseconds. Firefox uses the same delay for its
 * security dialogs (`security.dialog_enable_delay`).
 */
const ARM_MS = 1_000;

/**
 * Whether a button that turns on devices or connects to a peer may be pressed. It may not be pressed during
 * the first second after the component is mounted, after `subject` changes, or after the window gets the
 * focus or becomes visible. A peer can choose when its call or link arrives and when its name changes.
 * Without this delay, the button could appear or move under the pointer just as the user clicks or presses a
 * key for something else.
 * @param subject the peer and the facts about it that the user sees next to the button
 */
export function useArmed(subject = ''): boolean {
  const [armedFor, setArmedFor] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = (): void => {
      clearTimeout(timer);
      setArmedFor(null);
      timer = setTimeout(() => setArmedFor(subject), ARM_MS);
    };
    restart();
    addEventListener('focus', restart);
    document.addEventListener('visibilitychange', restart);
    return () => {
      clearTimeout(timer);
      removeEventListener('focus', restart);
      document.removeEventListener('visibilitychange', restart);
    };
  }, [subject]);
  return armedFor === subject;
}
