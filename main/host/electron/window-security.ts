import { app, type Session, shell, systemPreferences, type WebContents } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { ThrottledLog } from '../../base/throttled-log.ts';
import { TokenBucket } from '../../base/token-bucket.ts';
import { isOwnPage, isPageDocument } from './page-scheme.ts';

/** Permissions that the app's page may request. All others are denied. */
const permissions: ReadonlySet<string> = new Set([
  'media',
  'display-capture',
  'fullscreen',
  'screen-wake-lock',
  'clipboard-sanitized-write',
]);

/** URL schemes of links that may be opened outside the app. Links with other schemes could start programs. */
const externalSchemes: ReadonlySet<string> = new Set(['https:', 'mailto:']);
/**
 * Limits how many links the page can open outside the app, so that it cannot flood the screen with windows.
 */
const MAX_LINK_BURST = 5;
const MAX_LINKS_PER_SECOND = 0.5;

/**
 * URL patterns of blocked requests, which would use the network or read local files. The page needs only its
 * own scheme and `blob:` URLs.
 */
const networkUrls = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*'];

const links = new TokenBucket(MAX_LINK_BURST, MAX_LINKS_PER_SECOND);
const denials = new ThrottledLog({ write: log.warn });

/** Restricts every window and every session. Must be called before Electron is ready. */
export function secureAllWindows(): void {
  app.on('web-contents-created', (_event, contents) => secureContents(contents));
  app.on('session-created', secureSession);
  // Without this handler, Electron would send the first client certificate in the system's store.
  app.on('select-client-certificate', (event, _contents, url, _certificates, callback) => {
    event.preventDefault();
    denials.add(`window: client certificate for ${excerpt(url)} denied`);
    callback();
  });
}

function secureContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
  const deny = (event: { preventDefault(): void }, url: string, what: string): void => {
    event.preventDefault();
    denials.add(`window: ${what} to ${excerpt(url)} denied`);
  };
  contents.on('will-navigate', (event, url) => {
    if (!isPageDocument(url)) deny(event, url, 'navigation');
  });
  contents.on('will-redirect', (event, url) => {
    if (!isPageDocument(url)) deny(event, url, 'redirect');
  });
  // The page contains no frames, so every navigation of a frame is denied. Electron versions before 25 do not
  // emit this event; with them, only the content security policy prevents frames.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) deny(event, event.url, 'navigation of a frame');
  });
  contents.on('will-attach-webview', (event) => deny(event, '', 'webview'));
  // Without this handler, Electron would select the first Bluetooth device.
  contents.on('select-bluetooth-device', (event, _devices, callback) => {
    event.preventDefault();
    callback('');
  });
  // The page does not use WebRTC. WebRTC traffic is restricted here, because the request filter does not
  // cover it.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}

/** Opens a web link in the user's browser, or an email link in the email program. Ignores all other links. */
export function openExternal(url: string): void {
  if (!isExternal(url) || !links.tryTake()) {
    denials.add(`window: opening ${excerpt(url)} denied`);
    return;
  }
  shell
    .openExternal(url)
    .catch((error: unknown) => log.warn('window: %s: %s', excerpt(url), messageOf(error)));
}

function isExternal(url: string): boolean {
  try {
    return externalSchemes.has(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** Grants the listed permissions to the main frame of the app's page, and denies everything else. */
function secureSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const isPage = details.isMainFrame === true && isPageDocument(details.requestingUrl);
    const allowed = isPage && permissions.has(permission);
    if (!allowed) denials.add(`window: permission ${permission} denied`);
    if (!allowed || permission !== 'media') return callback(allowed);
    askSystem(details).then(callback, (error: unknown) => {
      log.warn('window: permission %s: %s', permission, messageOf(error));
      callback(false);
    });
  });
  session.setPermissionCheckHandler((contents, permission, origin, details) => {
    const isPage = contents !== null && details.isMainFrame === true && isOwnPage(origin);
    return isPage && permissions.has(permission);
  });
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest({ urls: networkUrls }, ({ url }, callback) => {
    denials.add(`window: request to ${excerpt(url)} denied`);
    callback({ cancel: true });
  });
  session.on('will-download', (event, item) => {
    event.preventDefault();
    denials.add(`window: download of ${excerpt(item.getURL())} denied`);
  });
}

/** On macOS, an app must request access to the camera and the microphone; macOS asks the user once for each. */
async function askSystem(details: object): Promise<boolean> {
  if (process.platform !== 'darwin' || !('mediaTypes' in details) || !Array.isArray(details.mediaTypes))
    return true;
  for (const kind of details.mediaTypes) {
    const device = kind === 'video' ? 'camera' : 'microphone';
    if (!(await systemPreferences.askForMediaAccess(device))) return false;
  }
  return true;
}

function excerpt(url: string): string {
  return JSON.stringify(url.slice(0, 200));
}
