// Runs in Electron's main process before the app. Adds a preload script that gives every page raw IPC, which
// a compromised page would have. Records the messages that reach the listeners of @electron/remote.
const { join } = require('node:path');
const Module = require('node:module');
const electron = require('electron');

const { app, ipcMain } = electron;
const rawPreload = join(__dirname, 'preload.cjs');

app.on('session-created', (session) => {
  if (session.registerPreloadScript) session.registerPreloadScript({ type: 'frame', filePath: rawPreload });
  else session.setPreloads([...session.getPreloads(), rawPreload]);
});

/**
 * Messages that reached @electron/remote, and events that the library emits to ask the app for permission.
 */
globalThis.reached = [];
/** Channels on which the library has added its listener. */
const gates = new Set();
const on = ipcMain.on.bind(ipcMain);
ipcMain.on = (channel, listener) => {
  // The first listener on each channel belongs to the library. Record only the messages that reach it.
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

/**
 * Creates windows that also run the preload scripts in the frames of a page, so that the frames can send
 * messages.
 */
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
