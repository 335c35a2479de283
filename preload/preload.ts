import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { ipcChannels, MEDIA_PORT_KEY, PRELOAD_API, type PreloadApi } from '../common/bridge/preload-api.ts';
import { ownWindow } from './own-window.ts';

/** Electron's event objects are never passed to the page, because they refer to `ipcRenderer`. */
const api: PreloadApi = {
  request: (frame) => ipcRenderer.send(ipcChannels.request, frame),
  listen: (listener) => {
    const pass = (_event: IpcRendererEvent, frame: unknown): void => listener(frame);
    ipcRenderer.on(ipcChannels.response, pass);
    return () => void ipcRenderer.off(ipcChannels.response, pass);
  },
  openMedia: (id) => ipcRenderer.send(ipcChannels.media, id),
  ownWindow,
};

contextBridge.exposeInMainWorld(PRELOAD_API, api);

// A MessagePort cannot cross the context bridge, but it can be posted to the page.
ipcRenderer.on(ipcChannels.media, (event, id: unknown) => {
  window.postMessage({ [MEDIA_PORT_KEY]: id }, window.location.origin, event.ports);
});
