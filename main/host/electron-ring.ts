import { type BrowserWindow, Notification } from 'electron';
import { whoIs } from '../../common/who.ts';
import type { AppCore, WindowEvent } from '../app-core.ts';

/**
 * Makes a call plain to somebody who does not look at the window: its button in the task bar asks for attention, and
 * the system shows a notice whose click brings the window to the front. Returns what ends it.
 */
export function tellOfCalls(core: AppCore, window: BrowserWindow, show: () => void): () => void {
  let ringing: string | null = null;
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
    if (call?.id === ringing) return;
    if (ringing !== null) quiet();
    if (!call) return;
    ringing = call.id;
    if (window.isFocused()) return;
    window.flashFrame(true);
    if (!Notification.isSupported()) return;
    notice = new Notification({
      title: `${whoIs(call).name} is calling`,
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
