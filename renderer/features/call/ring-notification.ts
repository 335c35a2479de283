/** Every call of this window has the same one, so that a second replaces the first. */
const TAG = 'iroh-live-call';

/**
 * The system's notice that somebody calls, where the person has allowed notices before and does not look at the window.
 * Nobody is asked here: a question by the browser in the middle of ringing would be one too many. Returns what takes it
 * away.
 */
export function notifyOfCall(name: string, onClick: () => void): () => void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return () => undefined;
  if (document.visibilityState === 'visible' && document.hasFocus()) return () => undefined;
  const notice = new Notification(`${name} is calling`, {
    body: 'Open Iroh Live to answer.',
    tag: TAG,
    requireInteraction: true,
  });
  notice.onclick = () => {
    window.focus();
    onClick();
  };
  return () => notice.close();
}
