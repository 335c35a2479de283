// Entry point of the packaged app on the test runtime, Electron 22. It adds newer library features to the main process and
// to the window, from the core-js that is copied next to this file. The runtime itself adds them to an unpackaged app.
const path = require('node:path');
const { webcrypto } = require('node:crypto');
const streams = require('node:stream/web');
const { app } = require('electron');

require('./core-js.js');
for (const [name, value] of Object.entries(streams)) {
  if (!(name in globalThis)) globalThis[name] = value;
}
if (!globalThis.crypto) globalThis.crypto = webcrypto;
if (!AbortSignal.any) {
  AbortSignal.any = (signals) => {
    const controller = new AbortController();
    for (const signal of signals) {
      if (signal.aborted) controller.abort(signal.reason);
      else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
    }
    return controller.signal;
  };
}
app.on('session-created', (session) => {
  session.setPreloads([...session.getPreloads(), path.join(__dirname, 'core-js.preload.js')]);
});
require('../dist/main/electron.cjs');
