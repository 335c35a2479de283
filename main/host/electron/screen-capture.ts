import { release } from 'node:os';
import { desktopCapturer, type Session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import type { ScreenSource } from '../../../common/bridge/bridge.ts';
import { log } from '../../base/log.ts';
import { isPageDocument } from './page-scheme.ts';

/** Size of a thumbnail, in pixels: large enough to distinguish windows in a grid, and small enough for a data URL. */
const THUMBNAIL = { width: 320, height: 180 };
/** How long a selection remains valid for a capture request, in milliseconds. */
const SELECTION_MS = 30_000;

/**
 * The first major version of Chromium that lists sources on Wayland through the desktop portal's picker. The
 * list then contains only what the user has picked. Older versions list the screens and windows of the X
 * server.
 */
const PORTAL_CHROMIUM = 110;

/**
 * Screen capture for the window's page: lists screens and windows, and supplies the one that the user chose
 * to the next capture request.
 */
export class ScreenCapture {
  #selection: { id: string; atMs: number } | null = null;
  /** Ids of the sources in the latest list. */
  #listedIds: ReadonlySet<string> = new Set();
  #listing: Promise<ScreenSource[]> | null = null;

  constructor(session: Session) {
    session.setDisplayMediaRequestHandler(
      (request, callback) => {
        const { frame } = request;
        const isOwn = frame !== null && frame.parent === null && isPageDocument(frame.url);
        const source = isOwn ? this.#takeSelected() : Promise.resolve(null);
        source
          .catch((error: unknown) => {
            log.warn('screen capture: %s', messageOf(error));
            return null;
          })
          .then((video) => {
            // The answer contains no audio, because the page never requests system audio.
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
    return !macHasPicker() && !listIsChoice();
  }

  /**
   * Returns the available screens and windows, with thumbnails as data URLs. Concurrent calls share one list, because
   * creating the thumbnails is expensive.
   */
  list(): Promise<ScreenSource[]> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = null;
    });
    return this.#listing;
  }

  /** Selects the source for the next capture request. @throws Error if the latest list does not contain the source */
  select(id: string): void {
    if (!this.#listedIds.has(id)) throw new Error('There is no such screen or window.');
    this.#selection = { id, atMs: performance.now() };
  }

  async #list(): Promise<ScreenSource[]> {
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: THUMBNAIL,
    });
    this.#listedIds = new Set(sources.map(({ id }) => id));
    return sources.map(({ id, name, thumbnail }) => ({
      id,
      name,
      kind: id.startsWith('screen:') ? 'screen' : 'window',
      thumbnail: thumbnail.toDataURL(),
    }));
  }

  /** Returns the source that the user has chosen, and clears the selection. Returns null if the user has not chosen one. */
  async #takeSelected(): Promise<{ id: string; name: string } | null> {
    const selection = this.#selection;
    this.#selection = null;
    const isValid = selection !== null && performance.now() - selection.atMs < SELECTION_MS;
    const id = isValid ? selection.id : null;
    if (id === null && !listIsChoice()) return null;
    // Capturing needs no thumbnails.
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: { width: 0, height: 0 },
    });
    if (id !== null) return sources.find((source) => source.id === id) ?? null;
    // The portal returns exactly the source that the user has picked.
    const [picked, ...others] = sources;
    return picked && others.length === 0 ? picked : null;
  }
}

/**
 * Whether macOS shows its own picker, which it has had since version 15 (Darwin 24). In that case, Electron
 * does not ask this program for a source.
 */
function macHasPicker(): boolean {
  return process.platform === 'darwin' && Number.parseInt(release(), 10) >= 24;
}

/**
 * Whether listing the sources lets the user pick one. On Wayland, it opens the desktop portal's picker. The
 * conditions are the same as in WebRTC (`DesktopCapturer::IsRunningUnderWayland`).
 */
function listIsChoice(): boolean {
  const { XDG_SESSION_TYPE, WAYLAND_DISPLAY } = process.env;
  if (process.platform !== 'linux' || XDG_SESSION_TYPE !== 'wayland' || !WAYLAND_DISPLAY) return false;
  return Number.parseInt(process.versions.chrome ?? '0', 10) >= PORTAL_CHROMIUM;
}

/** Denies a capture request. Some Electron versions throw if the callback receives no stream. */
function deny(callback: (streams: Record<string, never>) => void): void {
  try {
    callback({});
  } catch (error) {
    log.debug('screen capture: denied: %s', messageOf(error));
  }
}
