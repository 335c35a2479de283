import { type OwnWindowApi, PRELOAD_API, type PreloadApi } from '../../common/bridge/preload-api.ts';

/** Controls for the app's own window; null in a browser, where a page cannot move its window. */
export function findOwnWindow(): OwnWindowApi | null {
  return (window as { [PRELOAD_API]?: PreloadApi })[PRELOAD_API]?.ownWindow ?? null;
}
