// Exposes raw IPC to the page.
const { contextBridge, ipcRenderer } = require('electron');

/** Calls that the main process has made to functions that it believes belong to the page. */
const callbacks = [];
ipcRenderer.on('REMOTE_RENDERER_CALLBACK', (_event, ...args) => callbacks.push(args));

contextBridge.exposeInMainWorld('rawIpc', {
  send: (channel, ...args) => ipcRenderer.send(channel, ...args),
  sendSync: (channel, ...args) => ipcRenderer.sendSync(channel, ...args),
  invoke: (channel, ...args) => ipcRenderer.invoke(channel, ...args),
  post: (channel, message) => ipcRenderer.postMessage(channel, message, [new MessageChannel().port1]),
  callbacks: () => callbacks.splice(0),
});
