import { join } from 'node:path';
import { BrowserWindow, type Event, Notification } from 'electron';
import { log } from '../../base/log.ts';
import { PAGE_URL } from './page-scheme.ts';
import { WindowBounds } from './window-bounds.ts';

/** Narrower or lower, and the two actions of the first screen no longer fit. */
const MIN_WIDTH = 400;
const MIN_HEIGHT = 600;
/** A page that crashes again this soon after a reload will not get better by another. */
const CRASH_MS = 60_000;

export interface ElectronWindowOptions {
  dataDir: string;
  /** Before the page is loaded. */
  onContents(window: BrowserWindow): void;
  /** The page crashed and was loaded again. */
  onCrash(message: string): void;
  /** The page crashes again and again. */
  onHopeless(message: string): void;
}

/** The one window. Resolves when its page is loaded. */
export async function openWindow(options: ElectronWindowOptions): Promise<BrowserWindow> {
  const bounds = new WindowBounds(options.dataDir);
  const window = new BrowserWindow({
    ...bounds.restored(),
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
      // The picture goes on while another window is in front.
      backgroundThrottling: false,
      // Watching begins without a click in the page: the person has asked for it by opening a ticket.
      autoplayPolicy: 'no-user-gesture-required',
      spellcheck: false,
    },
  });
  bounds.follow(window);
  reloadAfterCrash(window, options);
  options.onContents(window);
  // The page's title is the window's.
  window.on('page-title-updated', (event: Event, title: string) => {
    if (title === '') event.preventDefault();
  });
  await window.loadURL(PAGE_URL);
  window.show();
  return window;
}

function reloadAfterCrash(window: BrowserWindow, options: ElectronWindowOptions): void {
  let lastCrashMs = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    const again = now - lastCrashMs < CRASH_MS;
    lastCrashMs = now;
    if (again) return options.onHopeless(`The window has crashed again (${reason}).`);
    const message = `The window has crashed (${reason}) and was loaded again. What was live has ended.`;
    log.error(message);
    options.onCrash(message);
    window.webContents.reload();
    if (Notification.isSupported()) new Notification({ title: 'Iroh Live', body: message }).show();
  });
}
