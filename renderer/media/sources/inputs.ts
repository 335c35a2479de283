import type { SourceKind } from '../shared/types.ts';

/** What captures: sources give frames and samples that are stamped on the media clock (media-clock.ts). */

export interface VideoSink {
  /** Lends a frame for the time of the call; its timestamp is media time. */
  frame(frame: VideoFrame): void;
}

/** Samples in a row. */
export interface SoundChunk {
  /** One array for each channel, all of one length. */
  planes: readonly Float32Array<ArrayBuffer>[];
  sampleRateHz: number;
  /** About when the first sample was made, in microseconds of media time. */
  startUs: number;
}

export interface SoundSink {
  chunk(chunk: SoundChunk): void;
}

/** Something that runs until it is closed. Closing it releases what it holds, at once. */
export interface Running {
  close(): void;
}

/**
 * An opened source. Its picture and its own sound start and stop apart from each other; closing it releases all.
 */
export interface Source {
  readonly kind: SourceKind;
  /** What a person sees as preview; null where there is no picture. */
  readonly preview: MediaStream | null;
  /** Frames a second that it was set to give. */
  readonly frameRate: number;
  /** Whether the picture can be stopped while the sound goes on. A device is closed as a whole instead. */
  readonly keepsSound: boolean;
  readonly hasSound: boolean;
  /** Undefined where the source has no picture. */
  startVideo(sink: VideoSink): Running | undefined;
  /** Undefined where the source has no sound of its own. */
  startSound(sink: SoundSink): Running | undefined;
  /** Called once if the source ends by itself: unplugged, or the share was stopped. */
  onEnded: (() => void) | undefined;
  close(): void;
}
