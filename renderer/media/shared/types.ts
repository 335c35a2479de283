import type { Readable } from '../../../common/base/store.ts';
import {
  AUTO,
  type RenditionDecision,
  type RenditionOffer,
  type Resolution,
} from '../../../common/bridge/renditions.ts';

/**
 * What the window's views know of media: inputs are methods, results are read-only stores. The objects behind these
 * interfaces own every device, encoder, decoder and session that they open.
 */

export type SourceKind = 'camera' | 'screen' | 'file' | 'test';

/** What can go wrong with a source or a device, and how it is told and helped. */
export type MediaFault =
  | 'denied' // the person or the system refused permission
  | 'busy' // another program holds the device
  | 'missing' // there is no such device
  | 'unplugged' // it was there and went away
  | 'cancelled' // the picker was closed without a choice
  | 'unplayable' // the file cannot be decoded here
  | 'unsupported' // no codec here can encode or decode it
  | 'failed'; // anything else; `message` has the detail

export interface MediaProblem {
  device: 'camera' | 'microphone' | 'screen' | 'file' | 'encoder';
  fault: MediaFault;
  /** One or two sentences in plain words: what happened and what to do. */
  message: string;
}

export interface Device {
  id: string;
  label: string;
}

/** Follows plugging and unplugging. Labels are empty until permission was given once. */
export interface Devices {
  readonly cameras: Readable<readonly Device[]>;
  readonly microphones: Readable<readonly Device[]>;
  close(): void;
}

/** What the system does to a microphone's sound before it is sent. */
export interface AudioProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

export interface VideoSelection {
  kind: SourceKind;
  /** For 'camera': the device, or null for the system's default. */
  cameraId?: string | null;
  /** For 'file'. */
  file?: File;
}

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
  /** From a picture's arrival to its leaving the encoder, as a running mean, in milliseconds. */
  encodeMs: number;
}

/** What a publisher may send, and who watches: it decides which renditions there are and what they may cost. */
export interface PublisherLimits {
  maxResolution: Resolution;
  /** What all viewers together may cost, in bits per second; null is no limit. */
  uploadLimitBps: number | null;
  /** How many read each track now, by the track's name, sound included. Tracks that nobody reads may be missing. */
  viewers: readonly { name: string; viewers: number }[];
}

export interface PublisherState {
  phase: 'idle' | 'starting' | 'live';
  name: string | null;
  source: SourceKind;
  /** What the viewers see, also while idle when a preview was asked for. Null while off. */
  preview: MediaStream | null;
  /** `off` means that the camera itself is released, `none` that the source has sound alone. */
  video: 'off' | 'starting' | 'on' | 'failed' | 'none';
  audio: 'off' | 'starting' | 'on' | 'muted' | 'failed';
  problem: MediaProblem | null;
  /** The renditions being encoded now: none while nobody watches. */
  encoding: readonly EncodingStats[];
  /** Why viewers get less than the source has, in plain words; null while they get all that is allowed. */
  note: string | null;
}

export interface Publisher {
  readonly state: Readable<PublisherState>;
  /** Sound level of what is sent, 0..1, about 20 times a second while sound is on. */
  readonly level: Readable<number>;
  /** Opens the source for a preview, live or not. While live, viewers see the new source without reconnecting. */
  selectVideo(video: VideoSelection, signal?: AbortSignal): Promise<void>;
  /** The microphone (null: the default), or false for no sound. A file and the test pattern bring their own. */
  selectAudio(microphone: { id: string | null } | false): Promise<void>;
  /** For the microphone, the one that is open included. A file and the test pattern come as they are. */
  setAudioProcessing(processing: AudioProcessing): void;
  /** Followed at once, also while live, where viewers stay unless their rendition goes. */
  setLimits(limits: PublisherLimits): void;
  /** Publishes under `name`: a broadcast's, or for the publisher of calls the call's id. */
  goLive(name: string, signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Muting releases the microphone. */
  setMuted(muted: boolean): Promise<void>;
  /** Off releases the camera or the screen; viewers are told that the picture is off. */
  setVideoOff(off: boolean): Promise<void>;
  dismissProblem(): void;
  /** Stops the preview and releases all devices, if not live. */
  release(): Promise<void>;
  close(): Promise<void>;
}

export interface PlayerState {
  /**
   * What this window's media pipeline sees. The view combines it with main's PullState for the words.
   * offline: no broadcast there. loading: it is there, no frame shown yet. playing: frames are shown.
   */
  phase: 'offline' | 'loading' | 'playing';
  hasVideo: boolean;
  hasAudio: boolean;
  /** True while the browser holds sound back until a click or a key. */
  audioBlocked: boolean;
  /** The publisher's picture is off. */
  videoOff: boolean;
  /** The track of the picture that is shown; null without a picture. */
  rendition: string | null;
  /** What is on offer and can be decoded here, smallest first. */
  renditions: readonly RenditionOffer[];
  /** 'auto', or the name of the rendition that the person wants. */
  mode: string;
  /** What the link can carry, as far as it is known. */
  estimateBps: number | null;
  /** The last ten, oldest first. */
  decisions: readonly RenditionDecision[];
  /** Why the picture is not what was asked for, or comes late, in words; null while all is well. */
  note: string | null;
  codec: string | null;
  width: number;
  height: number;
  framesPerSecond: number;
  /** Jitter buffer now, in milliseconds. */
  bufferMs: number;
  /** Frames that arrived and were too late to be shown, since the broadcast appeared. */
  framesDropped: number;
  /**
   * From the publisher's camera to this screen, in milliseconds, where the publisher tells what its clock says. It is
   * as right as the two clocks are.
   */
  delayMs: number | null;
  /** Shown picture minus heard sound, in milliseconds of media time; null while either is missing. */
  skewMs: number | null;
  problem: string | null;
}

/** Where a picture is shown; sizes in device pixels. */
export interface PlayerView {
  widthPx: number;
  heightPx: number;
  visible: boolean;
}

/** Of a player whose path has nothing to play. */
export const NO_BROADCAST: PlayerState = {
  phase: 'offline',
  hasVideo: false,
  hasAudio: false,
  audioBlocked: false,
  videoOff: false,
  rendition: null,
  renditions: [],
  mode: AUTO,
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
};

export interface Player {
  readonly state: Readable<PlayerState>;
  /** Sound level of what is heard, 0..1. */
  readonly level: Readable<number>;
  /** Draws into this canvas until another is given, or null. */
  setCanvas(canvas: HTMLCanvasElement | null): void;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  setLatency(latency: 'real-time' | number): void;
  /** 'auto', or a rendition's name; a name that is not on offer counts as 'auto' until it is. */
  setRendition(rendition: string): void;
  /**
   * How large the picture is shown, in device pixels: no larger rendition is read. While it is not visible no picture
   * is read at all, except for a `pictureStream`; the sound goes on. Until the first call any size may be shown.
   */
  setView(view: PlayerView): void;
  /**
   * The picture as a stream, which goes on while the page is hidden: for picture-in-picture. Whoever asks for it
   * closes it. Null where the browser cannot.
   */
  videoStream(): { stream: MediaStream; close(): void } | null;
  close(): Promise<void>;
}

/** Tells of a call by sound. */
export interface Ringer {
  /** Rings as somebody calls (`in`) or as one waits for an answer (`out`); null is silent at once. */
  ring(kind: 'in' | 'out' | null): void;
  close(): void;
}

/** All of the window's media: `createMedia` in index.ts makes it. */
export interface Media {
  readonly publisher: Publisher;
  /** What this person shows in a call, apart from what is live. */
  readonly caller: Publisher;
  readonly ringer: Ringer;
  readonly devices: Devices;
  /** A player for a path of main's Origin: a ticket in its normal form, or a call's. Whoever asks for it closes it. */
  player(path: string): Player;
  close(): Promise<void>;
}
