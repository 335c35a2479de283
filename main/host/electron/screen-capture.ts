import { release } from 'node:os';
import { desktopCapturer, type Session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import type { ScreenSource } from '../../../common/bridge/bridge.ts';
import { log } from '../../base/log.ts';
import { isOwnPage } from './page-scheme.ts';

/** Size of a thumbnail, in pixels: large enough to distinguish windows in a grid, and small enough for a data URL. */
const THUMBNAIL = { width: 320, height: 180 };
/** How long a selection remains valid for a capture request, in milliseconds. */
const SELECTION_MS = 30_000;

/**
 * Screen capture for the window's page. Lists screens and windows, and supplies the selected one to the next capture
 * request.
 */
export class ScreenCapture {
  readonly #useFirstScreen: boolean;
  #selection: { id: string; atMs: number } | null = null;

  /** @param useFirstScreen whether to capture the first screen if nothing is selected (for `--autostart screen`) */
  constructor(session: Session, useFirstScreen: boolean) {
    this.#useFirstScreen = useFirstScreen;
    session.setDisplayMediaRequestHandler(
      (request, callback) => {
        const isOwn = request.frame !== null && request.frame.parent === null && isOwnPage(request.frame.url);
        const source = isOwn ? this.#takeSelected() : Promise.resolve(null);
        source
          .catch((error: unknown) => {
            log.warn('screen capture: %s', messageOf(error));
            return null;
          })
          .then((video) => {
            // The page never requests system audio.
            if (video) callback({ video });
            else deny(callback);
          })
          .catch((error: unknown) => log.warn('screen capture: %s', messageOf(error)));
      },
      { useSystemPicker: true },
    );
  }

  /** Whether the window must show a picker, because the operating system has none. */
  get needsPicker(): boolean {
    return !hasSystemPicker();
  }

  /** Returns the available screens and windows, with thumbnails as data URLs. */
  async list(): Promise<ScreenSource[]> {
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: THUMBNAIL,
    });
    return sources.map(({ id, name, thumbnail }) => ({
      id,
      name,
      kind: id.startsWith('screen:') ? 'screen' : 'window',
      thumbnail: thumbnail.toDataURL(),
    }));
  }

  /** Selects the source for the next capture request. */
  select(id: string): void {
    this.#selection = { id, atMs: Date.now() };
  }

  /** Returns the source to capture and clears the selection. Returns null if the request must be denied. */
  async #takeSelected(): Promise<{ id: string; name: string } | null> {
    const selection = this.#selection;
    this.#selection = null;
    const id = selection !== null && Date.now() - selection.atMs < SELECTION_MS ? selection.id : null;
    // Capturing needs no thumbnails.
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: { width: 0, height: 0 },
    });
    if (id !== null) return sources.find((source) => source.id === id) ?? null;
    // `getSources` has already opened the operating system's picker, so its result contains only the user's choice.
    if (hasSystemPicker()) return sources[0] ?? null;
    return this.#useFirstScreen ? (sources.find((source) => source.id.startsWith('screen:')) ?? null) : null;
  }
}

/**
 * Whether the operating system has its own picker. macOS has one since version 15 (Darwin 24). On Wayland,
 * listing the sources opens the desktop portal's picker.
 */
function hasSystemPicker(): boolean {
  if (process.platform === 'darwin') return Number.parseInt(release(), 10) >= 24;
  return process.platform === 'linux' && process.env.XDG_SESSION_TYPE === 'wayland';
}

/** Denies a capture request. Some Electron versions throw if the callback receives no stream. */
function deny(callback: (streams: Record<string, never>) => void): void {
  try {
    callback({});
  } catch (error) {
    log.debug('screen capture: denied: %s', messageOf(error));
  }
}
