import type { BrowserWindow, Rectangle } from 'electron';

/** Minimum size of the small window, in pixels. */
const MIN_SMALL = { width: 200, height: 150 };

/**
 * Creates the object that a preload script receives instead of its window, with the functions of
 * `OwnWindowApi`. `RemoteGate` validates the arguments of each call. The object and its functions have no
 * prototype, because a page could reach `Function` and all of Node through their `constructor`.
 */
export function windowProxy(window: BrowserWindow): object {
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
    setBounds: whileOpen((x: number, y: number, width: number, height: number) => {
      const least = window.isAlwaysOnTop() ? MIN_SMALL : { width: minWidth, height: minHeight };
      window.setBounds({
        x,
        y,
        width: Math.max(width, least.width),
        height: Math.max(height, least.height),
      });
    }),
    keepOnTop: whileOpen((small: boolean) => {
      large = small ? (large ?? window.getNormalBounds()) : null;
      window.setAlwaysOnTop(small, 'floating');
      if (small) {
        if (window.isMaximized()) window.unmaximize();
        if (window.isFullScreen()) window.setFullScreen(false);
        window.setMinimumSize(MIN_SMALL.width, MIN_SMALL.height);
      } else window.setMinimumSize(minWidth, minHeight);
    }),
    setOpacity: whileOpen((opacity: number) => window.setOpacity(opacity)),
  });
}

function withoutPrototype<T extends object>(value: T): T {
  return Object.freeze(Object.setPrototypeOf(value, null) as T);
}
