import { release } from 'node:os';
import { desktopCapturer, type Session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import type { ScreenSource } from '../../../common/bridge/bridge.ts';
import { log } from '../../base/log.ts';
import { isOwnPage } from './page-scheme.ts';

/** Big enough to tell windows apart in a grid, small enough for a data URL. */
const THUMBNAIL = { width: 320, height: 180 };
/** A choice that no capture follows is forgotten. */
const CHOICE_MS = 30_000;

/** Sharing the screen: which screens and windows there are, and which one the next capture gets. */
export class Screens {
  readonly #firstScreen: boolean;
  #choice: { id: string; atMs: number } | null = null;

  /** `firstScreen`: without a choice, take the first screen (for `--autostart screen`). */
  constructor(session: Session, firstScreen: boolean) {
    this.#firstScreen = firstScreen;
    session.setDisplayMediaRequestHandler(
      (request, callback) => {
        const ours = request.frame !== null && request.frame.parent === null && isOwnPage(request.frame.url);
        const found = ours ? this.#take() : Promise.resolve(null);
        found
          .catch((error: unknown) => {
            log.warn('screens: %s', messageOf(error));
            return null;
          })
          .then((video) => {
            // The page never asks for the system's sound.
            if (video) callback({ video });
            else refuse(callback);
          })
          .catch((error: unknown) => log.warn('screens: %s', messageOf(error)));
      },
      { useSystemPicker: true },
    );
  }

  /** Whether the window must offer a picker: not where the system has one of its own. */
  get ownPicker(): boolean {
    return !hasSystemPicker();
  }

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

  choose(id: string): void {
    this.#choice = { id, atMs: Date.now() };
  }

  async #take(): Promise<{ id: string; name: string } | null> {
    const choice = this.#choice;
    this.#choice = null;
    const chosen = choice !== null && Date.now() - choice.atMs < CHOICE_MS ? choice.id : null;
    // No thumbnails: nobody sees them.
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: { width: 0, height: 0 },
    });
    if (chosen !== null) return sources.find(({ id }) => id === chosen) ?? null;
    // The system's picker has been asked, and what was picked is all there is.
    if (hasSystemPicker()) return sources[0] ?? null;
    return this.#firstScreen ? (sources.find(({ id }) => id.startsWith('screen:')) ?? null) : null;
  }
}

/** macOS 15 (Darwin 24); Wayland, where listing the sources opens the portal's picker. */
function hasSystemPicker(): boolean {
  if (process.platform === 'darwin') return Number.parseInt(release(), 10) >= 24;
  return process.platform === 'linux' && process.env.XDG_SESSION_TYPE === 'wayland';
}

/** Electron's way of saying no: newer ones take null, older ones an answer without a stream, which they complain of. */
function refuse(callback: (streams: Record<string, never>) => void): void {
  try {
    callback({});
  } catch (error) {
    log.debug('screens: refused: %s', messageOf(error));
  }
}
