import type { Readable } from '../../../common/base/store.ts';
import {
  AUTO,
  type RenditionDecision,
  type RenditionOffer,
  type Resolution,
} from '../../../common/bridge/renditions.ts';

/**
 * Media interfaces for the views. Views call the methods and observe the results in read-only stores. The
 * implementations own every device, encoder, decoder and session that they open.
 */

/** Kinds of video source; `test` is the built-in test pattern. */
export type SourceKind = 'camera' | 'screen' | 'file' | 'test';

/** Reasons why a source, a device or an encoder cannot be used. */
export type MediaFault =
  | 'denied' // the user or the system refused permission
  | 'busy' // another program uses the device
  | 'missing' // the device does not exist
  | 'unplugged' // the device disappeared during use
  | 'cancelled' // the user closed the picker without a selection
  | 'unplayable' // this machine cannot decode the file
  | 'unsupported' // this machine has no suitable codec or API
  | 'failed'; // any other reason; `message` has the detail

/** A media fault together with the text that the views show for it. */
export interface MediaProblem {
  device: 'camera' | 'microphone' | 'screen' | 'file' | 'encoder';
  fault: MediaFault;
  /** One or two sentences for the user: what happened and what to do about it. */
  message: string;
}

/** A camera or microphone. */
export interface Device {
  /** `deviceId` for getUserMedia. */
  id: string;
  label: string;
}

/** Lists of connected devices, updated on every change. Labels are empty until the user has granted permission once. */
export interface Devices {
  readonly cameras: Readable<readonly Device[]>;
  readonly microphones: Readable<readonly Device[]>;
  close(): void;
}

/** Processing that the browser applies to microphone audio before encoding. */
export interface AudioProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

/** A video source that the user selected. */
export interface VideoSelection {
  kind: SourceKind;
  /** For `camera`: the device; null or absent selects the system default. */
  cameraId?: string | null;
  /** Required for `file`. */
  file?: File;
}

/** Measurements of one rendition that is being encoded. */
export interface EncodingStats {
  /** The track's name, such as `video/h264-720p`. */
  name: string;
  /** WebCodecs codec string, such as `avc1.42e01f`. */
  codec: string;
  width: number;
  height: number;
  /** Frames encoded in the last second. */
  framesPerSecond: number;
  /** Bits encoded in the last second. */
  bps: number;
  /** Running mean of the time from a frame's arrival to its encoded output, in milliseconds. */
  encodeMs: number;
}

/** Limits and viewer counts, which determine the renditions and their bitrates. */
export interface PublisherLimits {
  maxResolution: Resolution;
  /** Upload limit for all viewers together, in bits per second; null if unlimited. */
  uploadLimitBps: number | null;
  /**
   * Number of viewers of each track, including audio, by track name. Tracks without viewers may be missing.
   */
  viewers: readonly { name: string; viewers: number }[];
}

/** State of a publisher, as shown by the views. */
export interface PublisherState {
  phase: 'idle' | 'starting' | 'live';
  /** Name of the broadcast, or id of the call; null while idle. */
  name: string | null;
  source: SourceKind;
  /** The captured video. It is also available while idle if a preview is open. Null while video is off. */
  preview: MediaStream | null;
  /** `off`: the camera is released. `none`: the source has audio only. */
  video: 'off' | 'starting' | 'on' | 'failed' | 'none';
  audio: 'off' | 'starting' | 'on' | 'muted' | 'failed';
  /** Whether the source is a file without audio. If so, the microphone is used. */
  silentFile: boolean;
  problem: MediaProblem | null;
  /** Renditions that are being encoded now; empty while there are no viewers. */
  encoding: readonly EncodingStats[];
  /**
   * Text that explains why viewers do not get the full quality of the source; null while nothing is reduced.
   */
  note: string | null;
}

/** State of a publisher that has opened no source and publishes nothing. */
export const IDLE_PUBLISHER: PublisherState = {
  phase: 'idle',
  name: null,
  source: 'camera',
  preview: null,
  video: 'off',
  audio: 'off',
  silentFile: false,
  problem: null,
  encoding: [],
  note: null,
};

/** A video source that is open but not yet captured or sent. The caller must call `use` or `close`. */
export interface StagedSource {
  /** Null if the source has no video. */
  readonly preview: MediaStream | null;
  /** Sets the listener that is called once if the source ends by itself before it is used. */
  onEnded(listener: (problem: MediaProblem) => void): void;
  /** Replaces the publisher's source with this one. Returns false, and has no effect, if the source has ended. */
  use(): boolean;
  /** Releases the source, unless it is in use. */
  close(): void;
}

/** Captures, encodes and publishes one broadcast at a time. */
export interface Publisher {
  readonly state: Readable<PublisherState>;
  /** Level of the sent audio, 0..1, updated about 20 times a second while audio is on. */
  readonly level: Readable<number>;
  /**
   * Opens a source and shows its preview. While live, viewers switch to the new source without reconnecting.
   *
   * @throws MediaError if the source cannot be opened, or the signal's reason
   */
  selectVideo(selection: VideoSelection, signal?: AbortSignal): Promise<void>;
  /**
   * Opens another source for a preview, while the current source stays in use.
   *
   * @throws MediaError if the source cannot be opened, or the signal's reason
   */
  stageVideo(selection: VideoSelection, signal: AbortSignal): Promise<StagedSource>;
  /**
   * Selects the microphone (`id: null` is the system default); `false` turns audio off. A file or the test
   * pattern provides its own audio, which replaces the microphone.
   *
   * @throws MediaError if the microphone cannot be opened
   */
  selectAudio(microphone: { id: string | null } | false): Promise<void>;
  /**
   * Sets how microphone audio is processed, and reopens an open microphone. The audio of files and of the
   * test pattern is not processed.
   */
  setAudioProcessing(processing: AudioProcessing): void;
  /**
   * Applies limits immediately. While live, viewers keep their subscriptions unless their rendition is
   * removed.
   */
  setLimits(limits: PublisherLimits): void;
  /**
   * Publishes under `name`: a broadcast name, or for `Media.callPublisher` the id of a call.
   *
   * @throws Error with a message for the user, or the signal's reason
   */
  goLive(name: string, signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Mutes or unmutes the microphone; muting releases it. */
  setMuted(muted: boolean): Promise<void>;
  /**
   * Switches video off or on. Switching it off releases the camera or the screen and removes video from the
   * catalog.
   */
  setVideoOff(off: boolean): Promise<void>;
  dismissProblem(): void;
  /** Stops the preview and releases all devices. Does nothing unless the publisher is idle. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** State of a player, as shown by the views. */
export interface PlayerState {
  /**
   * offline: there is no broadcast. loading: the broadcast exists, but no frame has been shown yet, or its connection
   * has ended and its last frame stays visible. playing: frames are being shown. The views combine it with main's
   * PullState.
   */
  phase: 'offline' | 'loading' | 'playing';
  hasVideo: boolean;
  hasAudio: boolean;
  /** True while the browser's autoplay policy blocks audio until the user clicks or presses a key. */
  audioBlocked: boolean;
  /** True while the publisher sends no video. */
  videoOff: boolean;
  /** True if the publisher has sent no video since the broadcast appeared, so that no video was turned off. */
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
   * Delay from the publisher's camera to this screen, in milliseconds; null if the catalog has no wall-clock
   * time. The delay is only as accurate as the clocks of both machines.
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
   * Sets the size and visibility of the view. The player reads no rendition larger than the view needs. While
   * the view is hidden and no `videoStream` is open, the player reads only the audio. Until the first call,
   * the size is unlimited.
   */
  setView(view: PlayerView): void;
  /**
   * Opens the video as a stream for picture-in-picture. The stream continues while the page is hidden, and
   * the caller must close it. Returns null if the browser does not support such streams.
   */
  videoStream(): { stream: MediaStream; close(): void } | null;
  close(): Promise<void>;
}

/** Plays call sounds. */
export interface Ringer {
  /**
   * Plays the ringtone for an incoming call (`in`) or the ringback tone for an outgoing one (`out`). Null
   * stops it immediately.
   */
  ring(kind: 'in' | 'out' | null): void;
  close(): void;
}

/** All media objects of the window. `createMedia` (create-media.ts) creates them. */
export interface Media {
  readonly publisher: Publisher;
  /** Publishes the user's side of a call, independently of `publisher`. */
  readonly callPublisher: Publisher;
  readonly ringer: Ringer;
  readonly devices: Devices;
  /**
   * Creates a player for a path on main's Origin: a ticket in canonical form, or a call's path. The caller
   * closes it.
   */
  createPlayer(path: string): Player;
  close(): Promise<void>;
}
