import { abortable, anySignal } from '../shared/abort-signals.ts';
import { MediaError, toMediaError } from '../shared/media-error.ts';
import type { PublisherState, StagedSource } from '../shared/publisher-types.ts';
import type { MediaProblem, SourceKind, VideoSelection } from '../shared/source-types.ts';
import { openSource } from './open-source.ts';
import type { Capture, Source, VideoSink } from './source.ts';

/** The video-related part of PublisherState. */
interface VideoStatus {
  source: SourceKind;
  video: PublisherState['video'];
  preview: MediaStream | null;
}

/** Receives the frames and events of a `VideoCapture`. */
interface VideoCaptureListener extends VideoSink {
  /** Runs when the open source changes; null means that none is open. */
  sourceChanged(source: Source | null): void;
  /** Runs when capture pauses: no frames arrive until it resumes. The source may stay open. */
  paused(): void;
  status(status: VideoStatus): void;
  /**
   * Runs with an error when the source fails, and with null when a staged source replaces it and the last
   * problem no longer applies.
   */
  problem(error: MediaError | null): void;
}

/** Opens, replaces, pauses and releases the selected video source. */
export class VideoCapture {
  readonly #listener: VideoCaptureListener;
  #selection: VideoSelection = { kind: 'camera' };
  /** The selection from which the open source was opened. */
  #activeSelection: VideoSelection = this.#selection;
  #source: Source | null = null;
  #capture: Capture | null = null;
  #opening: AbortController | null = null;
  #off = false;
  /** Maximum number of lines to send. Applies to sources that are opened later. */
  maxLines = Number.POSITIVE_INFINITY;

  constructor(listener: VideoCaptureListener) {
    this.#listener = listener;
  }

  /** Whether frames are being captured. */
  get capturing(): boolean {
    return this.#capture !== null;
  }

  get off(): boolean {
    return this.#off;
  }

  /**
   * Opens a source and replaces the current one. If opening fails, the current source stays.
   * @throws MediaError, which the listener also receives, or the signal's reason
   */
  async select(selection: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.#opening?.abort(new Error('another source was selected'));
    const opening = new AbortController();
    this.#opening = opening;
    this.#selection = selection;
    this.#off = false;
    if (!this.#source) this.#reportStatus('starting', null);
    const joined = anySignal(opening.signal, signal);
    try {
      const source = await abortable(openSource(selection, this.maxLines, joined.signal), joined.signal);
      this.#activeSelection = selection;
      this.#activate(source);
    } catch (error) {
      if (this.#opening === opening) this.#handleFailure(selection, error, joined.signal.aborted);
      throw joined.signal.aborted ? error : toMediaError(deviceOf(selection.kind), error);
    } finally {
      joined.dispose();
      if (this.#opening === opening) this.#opening = null;
    }
  }

  /**
   * Opens another source without closing the current one. `use` on the result switches to it and turns video
   * on.
   *
   * @throws MediaError, which the listener does not receive, or the signal's reason
   */
  async stage(selection: VideoSelection, signal: AbortSignal): Promise<StagedSource> {
    let source: Source | null;
    try {
      source = await abortable(openSource(selection, this.maxLines, signal), signal);
    } catch (error) {
      throw signal.aborted ? error : toMediaError(deviceOf(selection.kind), error);
    }
    let onEnded: (problem: MediaProblem) => void = () => undefined;
    source.onEnded = () => {
      source?.close();
      source = null;
      onEnded(new MediaError(deviceOf(selection.kind), 'unplugged').problem);
    };
    return {
      preview: source.preview,
      onEnded: (listener) => {
        onEnded = listener;
      },
      use: () => {
        if (!source) return false;
        const used = source;
        source = null;
        this.#opening?.abort(new Error('another source was selected'));
        this.#opening = null;
        this.#selection = selection;
        this.#activeSelection = selection;
        this.#off = false;
        this.#listener.problem(null);
        this.#activate(used);
        return true;
      },
      close: () => {
        source?.close();
        source = null;
      },
    };
  }

  /** Opens the last selected source if no source is open and video is on. Throws like `select`. */
  async ensureOpen(signal?: AbortSignal): Promise<void> {
    if (!this.#source && !this.#off) await this.select(this.#selection, signal);
  }

  /**
   * Switches video off or on. Switching it off releases a device immediately; switching it on reopens the
   * last selected source.
   */
  async setOff(off: boolean): Promise<void> {
    if (off === this.#off) return;
    this.#off = off;
    if (!off) {
      if (this.#source) this.#activate(this.#source);
      else await this.select(this.#selection);
      return;
    }
    this.#opening?.abort(new Error('video was switched off'));
    this.#stopFrames();
    if (!this.#source?.canStopVideoAlone) this.#closeSource();
    this.#listener.paused();
    this.#reportStatus('off', null);
  }

  /** Releases everything except the selection. */
  stop(): void {
    this.#opening?.abort(new Error('stopped'));
    this.#opening = null;
    this.#stopFrames();
    this.#closeSource();
    this.#off = false;
    this.#listener.paused();
    this.#reportStatus('off', null);
  }

  #activate(source: Source): void {
    const before = this.#source;
    this.#stopFrames();
    this.#source = source;
    source.onEnded = () => this.#handleEnd(source);
    this.#listener.sourceChanged(source);
    if (before && before !== source) before.close();
    this.#capture = source.startVideo({ frame: (frame) => this.#listener.frame(frame) }) ?? null;
    // If the new source has no video, clear the previous source's last frame, so that it is not shown while
    // the new audio plays.
    if (!this.#capture) this.#listener.paused();
    this.#reportActive(source);
  }

  #handleFailure(selection: VideoSelection, error: unknown, aborted: boolean): void {
    if (this.#source && !this.#off) {
      this.#selection = this.#activeSelection;
      this.#reportActive(this.#source);
    } else this.#reportStatus(aborted || faultIs(error, 'cancelled') ? 'off' : 'failed', null);
    if (!aborted) this.#listener.problem(toMediaError(deviceOf(selection.kind), error));
  }

  #handleEnd(source: Source): void {
    if (this.#source !== source) return;
    this.#stopFrames();
    this.#closeSource();
    this.#listener.paused();
    this.#reportStatus('failed', null);
    this.#listener.problem(new MediaError(deviceOf(source.kind), 'unplugged'));
  }

  #stopFrames(): void {
    this.#capture?.close();
    this.#capture = null;
  }

  #closeSource(): void {
    const source = this.#source;
    if (!source) return;
    this.#source = null;
    this.#listener.sourceChanged(null);
    source.close();
  }

  #reportActive(source: Source): void {
    this.#reportStatus(this.#capture ? 'on' : 'none', source.preview);
  }

  #reportStatus(video: PublisherState['video'], preview: MediaStream | null): void {
    this.#listener.status({ source: this.#source?.kind ?? this.#selection.kind, video, preview });
  }
}

function deviceOf(kind: SourceKind): MediaProblem['device'] {
  return kind === 'test' ? 'camera' : kind;
}

function faultIs(error: unknown, fault: MediaProblem['fault']): boolean {
  return error instanceof MediaError && error.reason === fault;
}
