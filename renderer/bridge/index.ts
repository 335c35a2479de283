import type { Bridge } from '../../common/bridge/bridge.ts';
import { PRELOAD_API, type PreloadApi } from '../../common/bridge/preload-api.ts';
import { connectElectron } from './electron.ts';
import { connectLoopback } from './loopback.ts';

/**
 * The bridge to main: Electron's where there is one, the loopback WebSocket otherwise.
 *
 * @throws Error fit to show, when main cannot be reached
 */
export async function connectBridge(): Promise<Bridge> {
  const api = (window as { [PRELOAD_API]?: PreloadApi })[PRELOAD_API];
  return api ? connectElectron(api) : connectLoopback();
}
