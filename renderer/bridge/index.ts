import type { Bridge } from '../../common/bridge/bridge.ts';
import { PRELOAD_API, type PreloadApi } from '../../common/bridge/preload-api.ts';
import { connectElectron } from './electron.ts';
import { connectLoopback } from './loopback.ts';

/**
 * Connects to main over Electron's IPC, or over the loopback WebSocket outside of Electron.
 *
 * @throws Error with a message for the user, if main cannot be reached
 */
export async function connectBridge(): Promise<Bridge> {
  const api = (window as { [PRELOAD_API]?: PreloadApi })[PRELOAD_API];
  return api ? connectElectron(api) : connectLoopback();
}
