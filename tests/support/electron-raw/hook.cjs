// Runs in Electron's main process before the app. It gives the pages a preload script with raw IPC, as a compromised page
// would have, and records which messages reach the listeners of @electron/remote.
const { join } = require('node:path');
const Module = require('node:module');
const electron = require('electron');

const { app, ipcMain } = electron;
const rawPreload = join(__dirname, 'preload.cjs');

app.on('session-created', (session) => {
  if (session.registerPreloadScript) session.registerPreloadScript({ type: 'frame', filePath: rawPreload });
  else session.setPreloads([...session.getPreloads(), rawPreload]);
});

/** Messages that reached the library, and events with which the library asks the app for permission. */
globalThis.reached = [];
/** Listeners that the app added itself. */
const gates = new Set();
const on = ipcMain.on.bind(ipcMain);
ipcMain.on = (channel, listener) => {
  // The library adds its listener first.
  if (!String(channel).startsWith('REMOTE_') || gates.has(channel)) return on(channel, listener);
  gates.add(channel);
  return on(channel, (event, ...args) => {
    globalThis.reached.push({ channel, args: JSON.stringify(args.slice(1)) });
    return listener(event, ...args);
  });
};
const emit = app.emit.bind(app);
app.emit = (name, ...args) => {
  if (String(name).startsWith('remote-') && name !== 'remote-get-current-window') {
    globalThis.reached.push({ channel: name });
  }
  return emit(name, ...args);
};

/** Creates windows in which frames inside the page also have the preload scripts, and can send messages. */
function FramedWindow(options) {
  const webPreferences = { ...options.webPreferences, nodeIntegrationInSubFrames: true };
  return new electron.BrowserWindow({ ...options, webPreferences });
}

if (process.env.RAW_IPC_IN_FRAMES) {
  Object.setPrototypeOf(FramedWindow, electron.BrowserWindow);
  const changed = Object.create(electron, { BrowserWindow: { value: FramedWindow } });
  const load = Module._load;
  Module._load = (request, ...rest) => (request === 'electron' ? changed : load(request, ...rest));
}
