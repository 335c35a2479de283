import { join } from 'node:path';
import { app, type BrowserWindow, dialog, Menu, session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { makeFolder } from '../../base/data-folder.ts';
import { log } from '../../base/log.ts';
import type { RunOptions } from '../cli/options.ts';
import type { RunningShell, Shell, ShellContext } from '../shell.ts';
import { WindowHub } from '../window-hub.ts';
import { openWindow } from './app-window.ts';
import { tellOfCalls } from './call-alert.ts';
import { ElectronIpc } from './electron-ipc.ts';
import { PAGE_URL, registerScheme, servePage } from './page-scheme.ts';
import { enableRemote, initializeRemote } from './remote-gate.ts';
import { Screens } from './screens.ts';
import { secureAllWindows, secureSession } from './window-security.ts';

/** The system opens these links with the app. */
const LINK_SCHEME = 'iroh-live';

/** The Electron host: a window of its own. */
export function electronShell(): Shell {
  return { name: 'electron', prepare, start, showError, exit: (code) => app.exit(code) };
}

/** Links that macOS passes before there is a window. */
const earlyLinks: string[] = [];
let onLink = (link: string): void => void earlyLinks.push(link);

/** All that must be said before Electron is ready: nothing here may wait. */
async function prepare(options: RunOptions): Promise<void> {
  registerScheme();
  secureAllWindows();
  initializeRemote();
  // Chromium keeps a profile; instances with folders of their own must not share it.
  const profile = join(options.dataDir, 'window');
  try {
    makeFolder(profile);
  } catch (error) {
    throw new Error(`The data folder ${options.dataDir} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
  app.setPath('userData', profile);
  app.on('open-url', (event, link) => {
    event.preventDefault();
    onLink(link);
  });
}

async function start(context: ShellContext): Promise<RunningShell> {
  const { options, core, output } = context;
  await app.whenReady();
  // The default menu has entries that make no sense here; on macOS a menu is how copy and paste work.
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
  // A program that is only tried out must not take over the system's links.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  secureSession(session.defaultSession);
  servePage(session.defaultSession, context.pageRoot);
  const screens = new Screens(session.defaultSession, options.autostart === 'screen');
  const hub = new WindowHub(core, {
    'app.info': async () => ({
      version: context.version,
      host: 'electron',
      autostart: options.autostart,
      ownScreenPicker: screens.ownPicker,
      rendition: options.rendition,
      maxResolution: options.maxResolution,
      latencyMs: options.latencyMs,
    }),
    'screens.list': () => screens.list(),
    'screens.choose': async ({ id }) => {
      screens.choose(id);
      return null;
    },
  });
  const ipc = new ElectronIpc(hub, (socket) => core.attachMedia(socket));
  app.on('window-all-closed', () => context.quit());
  app.on('before-quit', (event) => {
    // Quit of the menu or the system: what is live is ended in order, then the process exits by itself.
    event.preventDefault();
    context.quit();
  });
  const window = await openWindow({
    dataDir: options.dataDir,
    onContents: (window) => {
      ipc.admit(window.webContents);
      enableRemote(window);
    },
    onCrash: (message) => output.event({ event: 'error', message }),
    onHopeless: (message) => context.fail(new Error(message)),
  });
  onLink = (link) => {
    core.openTicket(link);
    toFront(window);
  };
  const quiet = tellOfCalls(core, window, () => toFront(window));
  for (const link of earlyLinks.splice(0)) onLink(link);
  return {
    url: PAGE_URL,
    show: () => toFront(window),
    close: async () => {
      quiet();
      hub.close();
      ipc.close();
      if (!window.isDestroyed()) window.destroy();
    },
  };
}

function toFront(window: BrowserWindow): void {
  if (window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Whoever started the app by a click sees no terminal. A terminal, or a script, has been told already. */
function showError(message: string): void {
  if (!app.isPackaged || process.stderr.isTTY || process.argv.includes('--json')) return;
  log.debug('showing the error in a box');
  dialog.showErrorBox('Iroh Live cannot go on', message);
}
