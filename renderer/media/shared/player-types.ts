import type { Readable } from '../../../common/base/store.ts';
import { AUTO, type RenditionDecision, type RenditionOffer } from '../../../common/bridge/renditions.ts';

/** State of a player, as shown by the views. */
export interface PlayerState {
  /**
   * offline: there is no broadcast. loading: no frame has been shown yet, or the connection has ended and the
   * last frame stays visible. playing: frames are being shown.
   */
  phase: 'offline' | 'loading' | 'playing';
  hasVideo: boolean;
  hasAudio: boolean;
  /** True while the browser's autoplay policy blocks audio until the user clicks or presses a key. */
  audioBlocked: boolean;
  /** True while the publisher sends no video. */
  videoOff: boolean;
  /**
   * True if the publisher has sent no video since the broadcast appeared, which means that the publisher has
   * not turned video off.
   */
  audioOnly: boolean;
  /** Track name of the rendition that is shown; null without video. */
  rendition: string | null;
  /** Available renditions that this machine can decode, smallest first. */
  renditions: readonly RenditionOffer[];
  /** `auto`, or the name of the rendition that the user selected. */
  preferredRendition: string;
  /** Estimated downlink capacity, in bits per second; null while unknown. */
  estimateBps: number | null;
  /** The last ten rendition switches, oldest first. */
  decisions: readonly RenditionDecision[];
  /**
   * Text that explains why the video is late or differs from the user's selection; null if neither applies.
   */
  note: string | null;
  /** WebCodecs codec string of the rendition that is shown; null without video. */
  codec: string | null;
  width: number;
  height: number;
  framesPerSecond: number;
  /** Current delay of the jitter buffer, in milliseconds. */
  bufferMs: number;
  /** Number of frames that were skipped because they were late, counted since the broadcast appeared. */
  framesDropped: number;
  /**
   * Delay from the publisher's camera to this screen, in milliseconds. It is only as accurate as the clocks
   * of the two machines. Null if the catalog has no wall-clock time.
   */
  delayMs: number | null;
  /**
   * Media time of the video minus media time of the audio, in milliseconds; null while one of them is
   * unknown.
   */
  skewMs: number | null;
  /** Text that tells the user about a playback error; null while there is none. */
  problem: string | null;
  /** Text that tells the user why the audio cannot be played here; null if it can, or if there is no audio. */
  audioProblem: string | null;
}

/** Size in device pixels, and visibility, of the element that shows a player's video. */
export interface PlayerView {
  widthPx: number;
  heightPx: number;
  visible: boolean;
}

/** The state of a player if there is no broadcast at its path. */
export const NO_BROADCAST: PlayerState = {
  phase: 'offline',
  hasVideo: false,
  hasAudio: false,
  audioBlocked: false,
  videoOff: false,
  audioOnly: false,
  rendition: null,
  renditions: [],
  preferredRendition: AUTO,
  estimateBps: null,
  decisions: [],
  note: null,
  codec: null,
  width: 0,
  height: 0,
  framesPerSecond: 0,
  bufferMs: 0,
  framesDropped: 0,
  delayMs: null,
  skewMs: null,
  problem: null,
  audioProblem: null,
};

/** Plays the broadcast at one path. */
export interface Player {
  readonly state: Readable<PlayerState>;
  /** Level of the played audio, 0..1. */
  readonly level: Readable<number>;
  /** Sets the canvas to draw into; null stops drawing. */
  setCanvas(canvas: HTMLCanvasElement | null): void;
  /** @param volume 0..1 */
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  /**
   * @param latency target delay in milliseconds, or `real-time` for the lowest delay at which playback is
   * smooth
   */
  setLatency(latency: 'real-time' | number): void;
  /**
   * Selects `auto` or a rendition by name. While the named rendition is unavailable, the player behaves as
   * with `auto`.
   */
  setPreferredRendition(rendition: string): void;
  /**
   * Sets the size and visibility of the view, which limit the rendition that the player reads. While the view
   * is hidden and no `videoStream` is open, the player reads only audio. Initially, the size is unlimited.
   */
  setView(view: PlayerView): void;
  /**
   * Opens the video as a stream for picture-in-picture, which continues while the page is hidden. The caller
   * must close it. Null if the browser does not support such streams.
   */
  videoStream(): { stream: MediaStream; close(): void } | null;
  close(): Promise<void>;
}
