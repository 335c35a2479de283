import type { SourceKind } from '../shared/source-types.ts';

/** Receives video frames. */
export interface VideoSink {
  /**
   * Receives a frame, which may be used only during the call. Its timestamp is media time (see
   * media-clock.ts).
   */
  frame(frame: VideoFrame): void;
}

/** Consecutive audio samples. */
export interface AudioChunk {
  /** One array of samples for each channel, all of the same length. */
  planes: readonly Float32Array<ArrayBuffer>[];
  sampleRateHz: number;
  /** Approximate capture time of the first sample, in microseconds of media time. */
  startUs: number;
}

/** Receives audio samples. */
export interface AudioSink {
  chunk(chunk: AudioChunk): void;
}

/** A running capture of video or audio. */
export interface Capture {
  /** Stops the capture and releases its resources immediately. */
  close(): void;
}

/** An open source. Its video and audio start and stop independently; closing the source releases both. */
export interface Source {
  readonly kind: SourceKind;
  /** Preview for the user; null if the source has no video. */
  readonly preview: MediaStream | null;
  /** Configured frame rate, in frames per second. */
  readonly frameRate: number;
  /** Whether audio can continue while video is off. If it cannot, switching video off closes the source. */
  readonly canStopVideoAlone: boolean;
  readonly hasAudio: boolean;
  /** Starts capturing video. Returns undefined if the source has no video. */
  startVideo(sink: VideoSink): Capture | undefined;
  /** Starts capturing the source's own audio. Returns undefined if it has none. */
  startAudio(sink: AudioSink): Capture | undefined;
  /** Runs once if the source ends by itself, for example when the device is unplugged or sharing is stopped. */
  onEnded: (() => void) | undefined;
  close(): void;
}
