import { useEffect, useState } from 'react';

/**
 * How long a button stays disabled after it appears, in milliseconds: the same delay as in Firefox's security
 * dialogs (`security.dialog_enable_delay`).
 */
const ARM_MS = 1_000;

/**
 * Whether a button that turns on devices or connects to a peer is enabled. Such a button is disabled for a
 * second after it appears, after `subject` changes, and after the window gets the focus or becomes visible.
 * Otherwise, a peer could time a call or link so that the button appears right where the user is about to
 * click.
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
