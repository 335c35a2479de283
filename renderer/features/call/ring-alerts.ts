import type { TitledText } from '../../../common/words/pull-failure-text.ts';

/**
 * How long each title is shown before the next one, in ms: long enough to read, and short enough to be
 * noticed.
 */
const TITLE_MS = 1_000;

/**
 * Makes the page title flash between the caller's name and a symbol, in case the browser mutes the ringtone
 * or only the tab is visible. Returns a function that stops the flashing; it does not restore the title.
 */
export function flashTitle(name: string, target: { title: string } = document): () => void {
  const titles = [`☎ ${name} is calling`, '● ● ● Iroh Live'] as const;
  let count = 0;
  const show = (): void => {
    target.title = titles[count % 2 === 0 ? 0 : 1];
    count += 1;
  };
  show();
  const timer = setInterval(show, TITLE_MS);
  return () => clearInterval(timer);
}

/** All notifications share one tag, so that a new one replaces the previous one. */
const TAG = 'iroh-live-call';

/**
 * Shows a system notification for an incoming call if the window is not in front. Never asks for permission,
 * because the prompt would be in the way while the call rings. Returns a function that closes the
 * notification.
 */
export function notifyOfCall({ title, body }: TitledText, onClick: () => void): () => void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return () => undefined;
  if (document.visibilityState === 'visible' && document.hasFocus()) return () => undefined;
  const notification = new Notification(title, {
    body,
    tag: TAG,
    requireInteraction: true,
  });
  notification.onclick = () => {
    window.focus();
    onClick();
  };
  return () => notification.close();
}
