import { powerSaveBlocker } from 'electron';
import type { AppState } from '../../../common/bridge/bridge.ts';
import type { AppCore } from '../../app/app-core.ts';

/**
 * Keeps the computer, but not the screen, awake while the user is live or in a call. The window keeps the
 * screen on. Returns a function that lets the computer sleep again.
 */
export function preventSleep(core: Pick<AppCore, 'listen'>): () => void {
  let blocker: number | null = null;
  const allow = (): void => {
    if (blocker !== null) powerSaveBlocker.stop(blocker);
    blocker = null;
  };
  const unlisten = core.listen(({ event, payload }) => {
    if (event !== 'app.state') return;
    if (!needsComputer(payload)) allow();
    else blocker ??= powerSaveBlocker.start('prevent-app-suspension');
  });
  return () => {
    unlisten();
    allow();
  };
}

/** Whether other people depend on this computer: the user is live, or is in a call or starting one. */
function needsComputer({ broadcasts, calls }: AppState): boolean {
  return broadcasts.length > 0 || calls.some(({ state }) => state !== 'ended');
}
