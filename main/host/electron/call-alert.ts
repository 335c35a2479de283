import { type BrowserWindow, Notification } from 'electron';
import { callerIdentity, UNKNOWN_CALLER } from '../../../common/words/caller-identity.ts';
import type { AppCore, WindowEvent } from '../../app/app-core.ts';

/**
 * Makes a call plain to somebody who does not look at the window: its button in the task bar asks for attention, and
 * the system shows a notice whose click brings the window to the front. Returns what ends it.
 */
export function tellOfCalls(core: AppCore, window: BrowserWindow, show: () => void): () => void {
  let ringing: string | null = null;
  let named = UNKNOWN_CALLER;
  let notice: Notification | null = null;
  const quiet = (): void => {
    ringing = null;
    notice?.close();
    notice = null;
    if (!window.isDestroyed()) window.flashFrame(false);
  };
  const hear = ({ event, payload }: WindowEvent): void => {
    if (event !== 'app.state' || window.isDestroyed()) return;
    const call = payload.calls.find(({ direction, state }) => direction === 'in' && state === 'ringing');
    const isNew = (call?.id ?? null) !== ringing;
    if (isNew && ringing !== null) quiet();
    if (!call) return;
    const { name } = callerIdentity(call);
    // The name comes a moment after the call. One that goes on changing gets no notice each time.
    const isNamed = !isNew && notice !== null && named === UNKNOWN_CALLER && name !== UNKNOWN_CALLER;
    ringing = call.id;
    named = name;
    if (isNew ? window.isFocused() : !isNamed) return;
    if (isNew) window.flashFrame(true);
    notice?.close();
    if (!Notification.isSupported()) return;
    notice = new Notification({
      title: `${name} is calling`,
      body: 'Open Iroh Live to answer.',
      // The window rings.
      silent: true,
    });
    notice.on('click', show);
    notice.show();
  };
  const unlisten = core.listen(hear);
  return () => {
    unlisten();
    if (ringing !== null) quiet();
  };
}
