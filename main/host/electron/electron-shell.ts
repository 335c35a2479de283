import { join } from 'node:path';
import { app, type BrowserWindow, dialog, Menu, session } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { makeFolder } from '../../base/data-folder.ts';
import { fileProblem } from '../../base/file-problem.ts';
import { log } from '../../base/log.ts';
import type { RunOptions } from '../cli/run-options.ts';
import type { RunningShell, Shell, ShellContext } from '../shell.ts';
import { WindowHub } from '../window-hub.ts';
import { openAppWindow } from './app-window.ts';
import { ElectronIpc } from './electron-ipc.ts';
import { notifyIncomingCalls } from './incoming-call-notifier.ts';
import { IpcGate } from './ipc-gate.ts';
import { PAGE_URL, registerScheme, servePage } from './page-scheme.ts';
import { RemoteGate } from './remote-gate.ts';
import { ScreenCapture } from './screen-capture.ts';
import { preventSleep } from './sleep-blocker.ts';
import { secureAllWindows } from './window-security.ts';

/** URL scheme whose links the operating system opens with the app. */
const LINK_SCHEME = 'iroh-live';

/** Creates the Electron host, which shows the app in an Electron window. */
export function electronShell(): Shell {
  return { name: 'electron', prepare, start, showError, exit: (code) => app.exit(code) };
}

/** Links that macOS delivers before the window exists. */
const earlyLinks: string[] = [];
let onLink = (link: string): void => void earlyLinks.push(link);

/** Performs the setup that must happen before Electron is ready. Must not await anything. */
async function prepare(options: RunOptions): Promise<void> {
  registerScheme();
  secureAllWindows();
  // Instances with different data folders must not share a Chromium profile.
  const profile = join(options.dataDir, 'window');
  try {
    makeFolder(profile);
  } catch (error) {
    throw new Error(`The data folder ${options.dataDir} cannot be used: ${fileProblem(error)}.`, {
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
  // The default menu is removed, because some of its entries do not apply to this app. On macOS it remains, because
  // copy and paste work only with a menu.
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
  // Only an installed app registers itself as the handler for links. "--" ends the options, so that a link
  // cannot add options such as --auto-accept on Windows.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, ['--']);
  servePage(session.defaultSession, context.pageRoot);
  const screens = new ScreenCapture(session.defaultSession);
  const scope = new Scope((error) => log.error('cannot close the window cleanly: %s', messageOf(error)));
  const hub = new WindowHub(core, {
    'app.info': async () => ({
      version: context.version,
      host: 'electron',
      autostart: options.autostart,
      ownScreenPicker: screens.needsPicker,
      rendition: options.rendition,
      maxResolution: options.maxResolution,
      latencyMs: options.latencyMs,
      listBroadcasts: options.listBroadcasts,
    }),
    'screens.list': () => screens.list(),
    'screens.choose': async ({ id }) => {
      screens.select(id);
      return null;
    },
  });
  const gate = new IpcGate();
  const remote = new RemoteGate(gate);
  const ipc = new ElectronIpc(gate, hub, (socket) => core.attachMedia(socket));
  app.on('window-all-closed', () => context.quit());
  app.on('before-quit', (event) => {
    // The process must exit only after a clean shutdown, even if the operating system quits the app.
    event.preventDefault();
    context.quit();
  });
  const window = await openAppWindow({
    dataDir: options.dataDir,
    onCreated: (window) => {
      gate.admit(window.webContents);
      ipc.attachWindow(window.webContents);
      remote.admit(window);
    },
    onCrash: (message) => output.event({ event: 'error', message }),
    onRepeatedCrash: (message) => context.fail(new Error(message)),
  });
  scope.own(() => {
    if (!window.isDestroyed()) window.destroy();
  });
  scope.own(() => ipc.close());
  scope.own(() => hub.close());
  onLink = (link) => {
    core.requestTicket(link, 'link');
    bringToFront(window);
  };
  scope.own(notifyIncomingCalls(core, window, () => bringToFront(window)));
  scope.own(preventSleep(core));
  for (const link of earlyLinks.splice(0)) onLink(link);
  return { url: PAGE_URL, show: () => bringToFront(window), close: () => scope.close() };
}

function bringToFront(window: BrowserWindow): void {
  if (window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Shows the error in a dialog, unless it has already been reported to a terminal or a script. */
function showError(message: string): void {
  if (!app.isPackaged || process.stderr.isTTY || process.argv.includes('--json')) return;
  log.debug('showing the error in a dialog');
  dialog.showErrorBox('Iroh Live has stopped', message);
}
