/**
 * What the preload script puts into Electron's page as `window.irohLive`: these functions and nothing else. Frames
 * are those of `bridge-frames.ts`; main parses what it gets, and so does the page.
 */
export interface PreloadApi {
  /** Sends a frame to main. */
  request(frame: unknown): void;
  /** Hears every frame from main. Returns the unsubscriber. */
  listen(listener: (frame: unknown) => void): () => void;
  /**
   * Asks main for a media channel. Its port arrives in a `message` event of the window whose data is
   * `{ [MEDIA_PORT_KEY]: id }`.
   */
  openMedia(id: number): void;
  /** The window itself, for the small window of a call. */
  readonly ownWindow: OwnWindowApi;
}

/** What the page may do with its own window, through `@electron/remote`. Main checks every number. */
export interface OwnWindowApi {
  /** x, y, width and height, in the screen's pixels. */
  bounds(): readonly number[];
  /** Moves and resizes; a window that is kept on top may be small. */
  setBounds(x: number, y: number, width: number, height: number): void;
  keepOnTop(on: boolean): void;
  /** 0.3..1; where the system cannot do it nothing changes. */
  setOpacity(opacity: number): void;
}

export const PRELOAD_API = 'irohLive';
export const MEDIA_PORT_KEY = 'irohLiveMediaPort';

/** Electron's IPC channels. The wrapper in main answers no others. */
export const ipcChannels = {
  request: 'bridge:request',
  response: 'bridge:response',
  media: 'bridge:media',
} as const;
