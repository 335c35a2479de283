// Part of development builds only: reloads the page when its build changes, and follows a restarted app to its new address.
const POLL_MS = 500;
// Filled in by the build: the address that leads to the running app, or an empty text in Electron.
const REDIRECT_URL = '__RELOAD_FROM__';
let loadedId = null;

setInterval(async () => {
  try {
    const response = await fetch('build.json', { cache: 'no-store' });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { id } = await response.json();
    if (loadedId !== null && id !== loadedId) location.reload();
    loadedId = id;
  } catch {
    // The app restarts. Electron opens a new window by itself; a page in a browser has to go to the new address.
    if (loadedId !== null && REDIRECT_URL) location.href = REDIRECT_URL;
  }
}, POLL_MS);
