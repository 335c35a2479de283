import { log } from '../../base/log.ts';
import type { RunningShell, Shell, ShellContext } from '../shell.ts';
import { startBrowserServer } from './browser-server.ts';
import { openInBrowser } from './open-browser.ts';

/**
 * Creates the browser host, which serves the window's page on loopback, for machines without Electron and for
 * tests in a browser.
 */
export function browserShell(): Shell {
  return { name: 'browser', prepare: async () => undefined, start, exit: (code) => process.exit(code) };
}

async function start(context: ShellContext): Promise<RunningShell> {
  const { options, core, output } = context;
  const server = await startBrowserServer({
    core,
    own: {
      'app.info': async () => ({
        version: context.version,
        host: 'browser',
        autostart: options.autostart,
        ownScreenPicker: false,
        rendition: options.rendition,
        maxResolution: options.maxResolution,
        latencyMs: options.latencyMs,
        listBroadcasts: options.listBroadcasts,
      }),
      // Browsers have their own screen picker.
      'screens.list': async () => [],
      'screens.choose': async () => null,
    },
    port: options.port,
    root: context.pageRoot,
  });
  const printAddress = () => output.text(`Iroh Live is at ${server.url}`);
  printAddress();
  const showPage = () =>
    openInBrowser(server.launchUrl(), (reason) => log.debug('cannot open a browser: %s', reason));
  if (options.open) showPage();
  return {
    url: server.url,
    // If a page is open, it receives the ticket over the bridge. The server cannot bring that page to the
    // front.
    show: () => {
      if (server.hub.windows > 0) return;
      if (options.open) showPage();
      else printAddress();
    },
    close: () => server.close(),
  };
}
