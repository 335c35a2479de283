import { join } from 'node:path';
import { app, BrowserWindow, type Event, Notification } from 'electron';
import { log } from '../../base/log.ts';
import { PAGE_URL } from './page-scheme.ts';
import { WindowBounds } from './window-bounds.ts';

/** Minimum size of the window, in pixels. At this size, the two actions on the first screen still fit. */
const MIN_WIDTH = 400;
const MIN_HEIGHT = 600;
/**
 * Time within which a second crash of the page no longer causes a reload, in milliseconds, because another
 * reload would not help.
 */
const CRASH_MS = 60_000;

/** Options for opening the app's window. */
export interface AppWindowOptions {
  dataDir: string;
  /** Called when the window exists, but its page has not been loaded yet. */
  onCreated(window: BrowserWindow): void;
  /** Called when the page has crashed and is being reloaded. */
  onCrash(message: string): void;
  /** Called when the page has crashed again shortly after a reload. */
  onRepeatedCrash(message: string): void;
}

/** Opens the app's only window. Resolves when its page has been loaded. @throws Error if the page cannot be loaded */
export async function openAppWindow(options: AppWindowOptions): Promise<BrowserWindow> {
  const bounds = new WindowBounds(options.dataDir);
  const window = new BrowserWindow({
    ...bounds.initial(),
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    title: 'Iroh Live',
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(__dirname, '../preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      // Disabled in installed apps, because a stranger could persuade a user to paste code into the developer
      // tools.
      devTools: !app.isPackaged,
      // Playback must continue while the window is hidden.
      backgroundThrottling: false,
      // Playback may start without a click in the page, because the user has already confirmed the ticket,
      // possibly before a reload.
      autoplayPolicy: 'no-user-gesture-required',
      spellcheck: false,
    },
  });
  bounds.track(window);
  reloadAfterCrash(window, options);
  options.onCreated(window);
  // The window displays the page's title unless the title is empty.
  window.on('page-title-updated', (event: Event, title: string) => {
    if (title === '') event.preventDefault();
  });
  await window.loadURL(PAGE_URL);
  window.show();
  return window;
}

function reloadAfterCrash(window: BrowserWindow, options: AppWindowOptions): void {
  let lastCrashMs = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    const again = now - lastCrashMs < CRASH_MS;
    lastCrashMs = now;
    if (again) return options.onRepeatedCrash(`The window has crashed again (${reason}).`);
    const message = `The window crashed (${reason}) and was reloaded. If you were live, the broadcast has ended.`;
    log.error(message);
    options.onCrash(message);
    window.webContents.reload();
    if (Notification.isSupported()) new Notification({ title: 'Iroh Live', body: message }).show();
  });
}
