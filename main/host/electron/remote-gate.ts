import { enable, initialize } from '@electron/remote/main';
import { app, type BrowserWindow, type Rectangle, type WebContents } from 'electron';
import { z } from 'zod';
import { log } from '../../base/log.ts';

/**
 * Restricts `@electron/remote` to the functions that turn the app's window into a small window during a call.
 * The preload script can request only its own window, and receives a proxy with four functions instead of the
 * window.
 */

/** Minimum size of the small window, in pixels. */
const MIN_SMALL = { width: 200, height: 150 };
const MIN_OPACITY = 0.3;

/** All `@electron/remote` requests except `remote-get-current-window`. */
const denied = [
  'remote-require',
  'remote-get-builtin',
  'remote-get-global',
  'remote-get-current-web-contents',
] as const;

const pixels = z.number().int().min(-100_000).max(100_000);
const boundsSchema = z.tuple([pixels, pixels, pixels.positive(), pixels.positive()]);
const opacitySchema = z.number().min(MIN_OPACITY).max(1);

/** The event object that `@electron/remote` passes to listeners. */
interface RemoteRequest {
  returnValue: unknown;
  /** Whether the request is denied. A denied request throws in the page. */
  defaultPrevented: boolean;
}

/**
 * Initializes `@electron/remote` and denies all of its requests except the one for the caller's own window.
 * Must be called once, before the first window exists.
 */
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
    const proxy = proxies.get(contents);
    if (proxy) event.returnValue = proxy;
    else event.defaultPrevented = true;
  });
}

const proxies = new WeakMap<WebContents, object>();

/** Allows a window's preload script to control that window through the proxy. */
export function enableRemote(window: BrowserWindow): void {
  proxies.set(window.webContents, windowProxy(window));
  enable(window.webContents);
}

/**
 * Creates the object that a preload script receives for its window. The object and its functions have no prototype,
 * and therefore no `constructor` through which a page could reach `Function` and all of Node. Arguments and results
 * are numbers and booleans.
 */
function windowProxy(window: BrowserWindow): object {
  const [minWidth = 0, minHeight = 0] = window.getMinimumSize();
  /** The window's bounds before it became small; null while it has its normal size. */
  let large: Rectangle | null = null;
  const whileOpen = <T extends unknown[]>(act: (...args: T) => unknown): unknown =>
    withoutPrototype((...args: T) => (window.isDestroyed() ? undefined : act(...args)));
  // A page that has been reloaded, for example after a crash, does not know that its window is small. The
  // window is therefore restored to its normal size.
  window.webContents.on('did-navigate', () => {
    if (!large) return;
    window.setOpacity(1);
    window.setAlwaysOnTop(false);
    window.setMinimumSize(minWidth, minHeight);
    window.setBounds(large);
    large = null;
  });
  return withoutPrototype({
    bounds: whileOpen(() => {
      const { x, y, width, height } = window.getBounds();
      return [x, y, width, height];
    }),
    setBounds: whileOpen((...values: unknown[]) => {
      const [x, y, width, height] = boundsSchema.parse(values);
      const least = window.isAlwaysOnTop() ? MIN_SMALL : { width: minWidth, height: minHeight };
      window.setBounds({
        x,
        y,
        width: Math.max(width, least.width),
        height: Math.max(height, least.height),
      });
    }),
    keepOnTop: whileOpen((on: unknown) => {
      const small = z.boolean().parse(on);
      large = small ? (large ?? window.getNormalBounds()) : null;
      window.setAlwaysOnTop(small, 'floating');
      if (small) {
        if (window.isMaximized()) window.unmaximize();
        if (window.isFullScreen()) window.setFullScreen(false);
        window.setMinimumSize(MIN_SMALL.width, MIN_SMALL.height);
      } else window.setMinimumSize(minWidth, minHeight);
    }),
    setOpacity: whileOpen((opacity: unknown) => window.setOpacity(opacitySchema.parse(opacity))),
  });
}

function withoutPrototype<T extends object>(value: T): T {
  return Object.freeze(Object.setPrototypeOf(value, null) as T);
}
