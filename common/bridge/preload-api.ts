/**
 * The API that the preload script exposes to Electron's page as `window.irohLive`. `frames.ts` defines its
 * frames.
 */
export interface PreloadApi {
  /** Sends a frame to main. */
  request(frame: unknown): void;
  /** Calls a listener for each frame from main. Returns the function that unsubscribes it. */
  listen(listener: (frame: unknown) => void): () => void;
  /**
   * Requests a media channel from main. Its port arrives in a `message` event on the window, with the data `{
   * [MEDIA_PORT_KEY]: id }`.
   */
  openMedia(id: number): void;
  /** Controls for the page's own window, used by the compact call view. */
  readonly ownWindow: OwnWindowApi;
}

/** Controls for the page's own window, through `@electron/remote`. Main validates every number. */
export interface OwnWindowApi {
  /** The window's x, y, width and height, in screen pixels. */
  bounds(): readonly number[];
  /** Moves and resizes the window. While the window is kept on top, its minimum size is smaller. */
  setBounds(x: number, y: number, width: number, height: number): void;
  keepOnTop(on: boolean): void;
  /** Sets the opacity, from 0.3 to 1. Has no effect on systems that do not support it. */
  setOpacity(opacity: number): void;
}

/** Name of the preload API on the page's `window`. */
export const PRELOAD_API = 'irohLive';
/** Name of the field with the request id in the message that delivers a media port. */
export const MEDIA_PORT_KEY = 'irohLiveMediaPort';

/** Electron's IPC channels. Main listens only on these. */
export const ipcChannels = {
  request: 'bridge:request',
  response: 'bridge:response',
  media: 'bridge:media',
} as const;
