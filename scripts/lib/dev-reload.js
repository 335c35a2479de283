// Part of development builds only: reloads the page after each build, and after a restart of the app.
const POLL_MS = 500;
// The build fills in its own id, and the address that leads to the running app (in Electron: an empty text).
const BUILD_ID = '__BUILD_ID__';
const REDIRECT_URL = '__RELOAD_FROM__';

const timer = setInterval(async () => {
  try {
    const response = await fetch('build.json', { cache: 'no-store' });
    // The file is missing for a moment while a new build replaces the old one.
    if (response.status === 404) return;
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { id } = await response.json();
    if (id !== BUILD_ID) reload();
  } catch {
    // The app restarts. Electron opens a new window by itself; a page in a browser has to go to the new address.
    if (REDIRECT_URL) reload();
  }
}, POLL_MS);

function reload() {
  clearInterval(timer);
  // The redirect answers when the app is ready. A plain reload would fail if the app is just about to restart.
  if (REDIRECT_URL) location.replace(REDIRECT_URL + location.hash);
  else location.reload();
}
