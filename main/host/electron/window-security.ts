import { app, type Session, shell, systemPreferences, type WebContents } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { isOwnPage } from './page-scheme.ts';

/** Permissions that the app's page may request. All others are denied. */
const permissions: ReadonlySet<string> = new Set([
  'media',
  'display-capture',
  'fullscreen',
  'clipboard-sanitized-write',
]);

/** URL schemes of links that may be opened outside the app. Links with other schemes could start programs. */
const externalSchemes: ReadonlySet<string> = new Set(['https:', 'mailto:']);

/** Restricts navigation and popups in every window. Must be called before the first window exists. */
export function secureAllWindows(): void {
  app.on('web-contents-created', (_event, contents) => secureContents(contents));
}

function secureContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
  const deny = (event: { preventDefault(): void }, url: string, what: string): void => {
    event.preventDefault();
    log.warn('window: %s to %s denied', what, excerpt(url));
  };
  contents.on('will-navigate', (event, url) => {
    if (!isOwnPage(url)) deny(event, url, 'navigation');
  });
  contents.on('will-redirect', (event, url) => {
    if (!isOwnPage(url)) deny(event, url, 'redirect');
  });
  contents.on('will-attach-webview', (event) => deny(event, '', 'webview'));
}

/** Opens a web or mail link in the user's browser or mail program. Ignores all other links. */
export function openExternal(url: string): void {
  if (!isExternal(url)) {
    log.warn('window: opening %s denied', excerpt(url));
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
export function secureSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const allowed = permissions.has(permission) && details.isMainFrame && isOwnPage(details.requestingUrl);
    if (!allowed) log.warn('window: permission %s denied', permission);
    if (!allowed || permission !== 'media') return callback(allowed);
    askSystem(details).then(callback, (error: unknown) => {
      log.warn('window: permission %s: %s', permission, messageOf(error));
      callback(false);
    });
  });
  session.setPermissionCheckHandler((_contents, permission, origin, details) => {
    return permissions.has(permission) && details.isMainFrame !== false && isOwnPage(origin);
  });
  session.setDevicePermissionHandler(() => false);
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
