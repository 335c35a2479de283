import type { Readable } from '../../../common/base/store.ts';
import type { Resolution } from '../../../common/bridge/renditions.ts';
import type { AudioProcessing, MediaProblem, SourceKind, VideoSelection } from './source-types.ts';

/** Measurements of one rendition that is being encoded. */
export interface EncodingStats {
  /** The track's name, such as `video/h264-720p`. */
  name: string;
  /** WebCodecs codec string, such as `avc1.42e01f`. */
  codec: string;
  width: number;
  height: number;
  /** Number of frames encoded in the last second. */
  framesPerSecond: number;
  /** Number of bits encoded in the last second. */
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
   * Number of viewers of each track, including audio, by track name. Tracks without viewers might be missing.
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
  /** Text that explains why viewers do not get the full quality of the source; null while they do. */
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
   * Opens a source and shows its preview. Viewers switch to the new source without reconnecting.
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
   * pattern uses its own audio instead.
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
