import { enable, initialize } from '@electron/remote/main';
import { app, type BrowserWindow, type Rectangle, type WebContents } from 'electron';
import { z } from 'zod';
import { log } from '../../base/log.ts';

/**
 * `@electron/remote`, cut down to what the small window of a call needs. The page's preload may ask for its own window
 * and nothing else; what it gets is not the window but a handful of functions on it.
 */

/** Smaller than this, a picture shows nobody. */
const MIN_SMALL = { width: 200, height: 150 };
const MIN_OPACITY = 0.3;

/** Every other request of `@electron/remote`. */
const denied = [
  'remote-require',
  'remote-get-builtin',
  'remote-get-global',
  'remote-get-current-web-contents',
] as const;

const pixels = z.number().int().min(-100_000).max(100_000);
const boundsSchema = z.tuple([pixels, pixels, pixels.positive(), pixels.positive()]);
const opacitySchema = z.number().min(MIN_OPACITY).max(1);

/** What the library passes in place of an event of Electron's. */
interface RemoteRequest {
  returnValue: unknown;
  /** True: the request is refused, and throws in the page. */
  defaultPrevented: boolean;
}

/** Once, before the first window. */
export function initializeRemote(): void {
  initialize();
  const emitter: NodeJS.EventEmitter = app;
  for (const request of denied) {
    emitter.on(request, (event: RemoteRequest, _contents: WebContents, name: unknown) => {
      event.defaultPrevented = true;
      log.warn('remote: %s of %s denied', request, JSON.stringify(name ?? null).slice(0, 200));
    });
  }
  emitter.on('remote-get-current-window', (event: RemoteRequest, contents: WebContents) => {
    const own = windows.get(contents);
    if (own) event.returnValue = own;
    else event.defaultPrevented = true;
  });
}

const windows = new WeakMap<WebContents, object>();

/** Lets a window's preload move that window. */
export function enableRemote(window: BrowserWindow): void {
  windows.set(window.webContents, ownWindow(window));
  enable(window.webContents);
}

/**
 * What passes. Neither it nor its functions lead anywhere else: they have no prototype and so no `constructor`, by
 * which a page could reach `Function` and with it all of Node. They take and give plain numbers.
 */
function ownWindow(window: BrowserWindow): object {
  const [minWidth = 0, minHeight = 0] = window.getMinimumSize();
  /** Where the window was before it became small; null while it is not. */
  let large: Rectangle | null = null;
  const alive = <T extends unknown[]>(act: (...args: T) => unknown): unknown =>
    bare((...args: T) => (window.isDestroyed() ? undefined : act(...args)));
  // A page that was loaded anew, after a crash as well, knows nothing of the small window it was in.
  window.webContents.on('did-navigate', () => {
    if (!large) return;
    window.setOpacity(1);
    window.setAlwaysOnTop(false);
    window.setMinimumSize(minWidth, minHeight);
    window.setBounds(large);
    large = null;
  });
  return bare({
    bounds: alive(() => {
      const { x, y, width, height } = window.getBounds();
      return [x, y, width, height];
    }),
    setBounds: alive((...values: unknown[]) => {
      const [x, y, width, height] = boundsSchema.parse(values);
      const least = window.isAlwaysOnTop() ? MIN_SMALL : { width: minWidth, height: minHeight };
      window.setBounds({
        x,
        y,
        width: Math.max(width, least.width),
        height: Math.max(height, least.height),
      });
    }),
    keepOnTop: alive((on: unknown) => {
      const small = z.boolean().parse(on);
      large = small ? (large ?? window.getNormalBounds()) : null;
      window.setAlwaysOnTop(small, 'floating');
      if (small) {
        if (window.isMaximized()) window.unmaximize();
        if (window.isFullScreen()) window.setFullScreen(false);
        window.setMinimumSize(MIN_SMALL.width, MIN_SMALL.height);
      } else window.setMinimumSize(minWidth, minHeight);
    }),
    setOpacity: alive((opacity: unknown) => window.setOpacity(opacitySchema.parse(opacity))),
  });
}

function bare<T extends object>(value: T): T {
  return Object.freeze(Object.setPrototypeOf(value, null) as T);
}
