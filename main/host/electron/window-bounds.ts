import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserWindow, type Rectangle, screen } from 'electron';
import { z } from 'zod';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { writePrivateFileSync } from '../../base/private-file.ts';

/** Default size, in pixels. It fits a laptop screen and has room for two columns. */
const DEFAULT = { width: 1100, height: 780 };
/**
 * Delay between the last change of the bounds and saving them, in milliseconds. Without it, the bounds would be
 * saved continuously while the user drags the window.
 */
const SETTLE_MS = 400;
/**
 * Minimum width and height of the part of the window that must be visible on a display, in pixels, so that
 * the user can find and drag the window.
 */
const VISIBLE_PX = 80;

const side = z.number().int().min(-100_000).max(100_000);
const boundsSchema = z.object({
  x: side,
  y: side,
  width: side.positive(),
  height: side.positive(),
  maximized: z.boolean(),
});
type Bounds = z.infer<typeof boundsSchema>;

/** The window's position and size, stored in `window.json` in the data folder. */
export class WindowBounds {
  readonly #path: string;
  readonly #saved: Bounds | null;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'window.json');
    this.#saved = read(this.#path);
  }

  /** Returns the bounds for a new window. Omits the stored position if it is no longer on any display. */
  initial(): Partial<Rectangle> {
    if (!this.#saved) return DEFAULT;
    const { x, y, width, height } = this.#saved;
    return isVisible({ x, y, width, height }) ? { x, y, width, height } : { width, height };
  }

  /** Saves every change to the window's bounds. */
  track(window: BrowserWindow): void {
    if (this.#saved?.maximized) window.maximize();
    let timer: NodeJS.Timeout | undefined;
    const save = (): void => {
      clearTimeout(timer);
      // While the window is small during a call, its bounds are not saved.
      if (!window.isDestroyed() && !window.isAlwaysOnTop())
        this.#write({ ...window.getNormalBounds(), maximized: window.isMaximized() });
    };
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(save, SETTLE_MS);
    };
    window.on('resize', later);
    window.on('move', later);
    window.on('close', save);
    window.on('closed', () => clearTimeout(timer));
  }

  #write(bounds: Bounds): void {
    try {
      writePrivateFileSync(this.#path, JSON.stringify(bounds));
    } catch (error) {
      // Failing to save is harmless: the next window opens at the previously saved position.
      log.debug('cannot save the window bounds: %s', messageOf(error));
    }
  }
}

function read(path: string): Bounds | null {
  try {
    return boundsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    log.debug('cannot load the window bounds: %s', messageOf(error));
    return null;
  }
}

function isVisible(bounds: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const width =
      Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
    const height =
      Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
    return width >= VISIBLE_PX && height >= VISIBLE_PX;
  });
}
