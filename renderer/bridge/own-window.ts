import { type OwnWindowApi, PRELOAD_API, type PreloadApi } from '../../common/bridge/preload-api.ts';

/** The window itself, where the app has one of its own; null in a browser, whose windows a page cannot move. */
export function findOwnWindow(): OwnWindowApi | null {
  return (window as { [PRELOAD_API]?: PreloadApi })[PRELOAD_API]?.ownWindow ?? null;
}
