import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserWindow, type Rectangle, screen } from 'electron';
import { z } from 'zod';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';

/** Fits a laptop's screen and shows two columns. */
const DEFAULT = { width: 1100, height: 780 };
/** Dragging a window reports every pixel; the last one counts. */
const SETTLE_MS = 400;
/** As much of the window must be on some display for it to be found and dragged. */
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

/** Where the window was, kept in the data folder. */
export class WindowBounds {
  readonly #path: string;
  readonly #saved: Bounds | null;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'window.json');
    this.#saved = read(this.#path);
  }

  /** For the window to be made with: the last place, when a display is still there. */
  restored(): Partial<Rectangle> {
    if (!this.#saved) return DEFAULT;
    const { x, y, width, height } = this.#saved;
    return isVisible({ x, y, width, height }) ? { x, y, width, height } : { width, height };
  }

  /** Remembers the window's moves. */
  follow(window: BrowserWindow): void {
    if (this.#saved?.maximized) window.maximize();
    let timer: NodeJS.Timeout | undefined;
    const save = (): void => {
      clearTimeout(timer);
      // The small window of a call is not where the person put it.
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
      writeFileSync(`${this.#path}.new`, JSON.stringify(bounds));
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      // The window opens in its usual place next time: nothing that a person must be told.
      log.debug('the place of the window is not saved: %s', messageOf(error));
    }
  }
}

function read(path: string): Bounds | null {
  try {
    return boundsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    log.debug('no place of the window is known: %s', messageOf(error));
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
