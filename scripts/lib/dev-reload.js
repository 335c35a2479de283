// Part of development builds only. Reloads the page after each build and after the app has restarted.
const POLL_MS = 500;
// The build replaces the first value with its id, and the second with the address that redirects to the running app. In
// Electron, the address is an empty string.
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
    // The app is restarting. Electron opens a new window, but a page in a browser must navigate to the new address.
    if (REDIRECT_URL) reload();
  }
}, POLL_MS);

function reload() {
  clearInterval(timer);
  // The redirect server answers when the app is ready. A plain reload would fail if the app is about to restart.
  if (REDIRECT_URL) location.replace(REDIRECT_URL + location.hash);
  else location.reload();
}
