import { getCurrentWindow } from '@electron/remote';
import type { OwnWindowApi } from '../common/bridge/preload-api.ts';

/**
 * Returns the page's own window. The main process supplies a proxy with four functions instead of the real
 * window (see main/host/electron/remote-gate.ts).
 */
function own(): OwnWindowApi {
  return getCurrentWindow() as unknown as OwnWindowApi;
}

/** The page's own window, accessed through `@electron/remote`. */
export const ownWindow: OwnWindowApi = {
  bounds: () => own().bounds(),
  setBounds: (x, y, width, height) => own().setBounds(x, y, width, height),
  keepOnTop: (on) => own().keepOnTop(on),
  setOpacity: (opacity) => own().setOpacity(opacity),
};
