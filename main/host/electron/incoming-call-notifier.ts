import { type BrowserWindow, Notification } from 'electron';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { ringingText } from '../../../common/words/ringing-text.ts';
import type { AppCore, WindowEvent } from '../../app/app-core.ts';

/**
 * Draws attention to an incoming call while the window is in the background: flashes the taskbar button and
 * shows a system notification, which calls `show` when clicked. Returns a function that stops the notifier.
 */
export function notifyIncomingCalls(core: AppCore, window: BrowserWindow, show: () => void): () => void {
  let ringingId: string | null = null;
  let shownNamed = false;
  let notification: Notification | null = null;
  const dismiss = (): void => {
    ringingId = null;
    notification?.close();
    notification = null;
    if (!window.isDestroyed()) window.flashFrame(false);
  };
  const onEvent = ({ event, payload }: WindowEvent): void => {
    if (event !== 'app.state' || window.isDestroyed()) return;
    const call = payload.calls.find(({ direction, state }) => direction === 'in' && state === 'ringing');
    const isNew = (call?.id ?? null) !== ringingId;
    if (isNew && ringingId !== null) dismiss();
    if (!call) return;
    const who = callerIdentity(call);
    const { named } = who;
    // The caller's name arrives shortly after the call, so a second notification shows it. If the name keeps
    // changing, no further notifications appear.
    const isNamed = !isNew && notification !== null && !shownNamed && named;
    ringingId = call.id;
    shownNamed = named;
    if (isNew ? window.isFocused() : !isNamed) return;
    if (isNew) window.flashFrame(true);
    notification?.close();
    if (!Notification.isSupported()) return;
    notification = new Notification({
      ...ringingText(who),
      // The notification is silent, because the window plays the ringtone.
      silent: true,
    });
    notification.on('click', show);
    notification.show();
  };
  const unlisten = core.listen(onEvent);
  return () => {
    unlisten();
    if (ringingId !== null) dismiss();
  };
}
