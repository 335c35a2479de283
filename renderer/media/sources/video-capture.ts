import { anySignal, orAborted } from '../session/waiting.ts';
import { asMediaError, MediaError } from '../shared/faults.ts';
import type { MediaProblem, PublisherState, SourceKind, VideoSelection } from '../shared/types.ts';
import type { Running, Source, VideoSink } from './inputs.ts';
import { openSource } from './open-source.ts';

export interface VideoStatus {
  source: SourceKind;
  video: PublisherState['video'];
  preview: MediaStream | null;
}

/** Whom the capture gives frames to and tells what it does. */
export interface VideoCaptureOwner extends VideoSink {
  /** Frames will now come from this source; null: from none, until further notice. */
  source(source: Source | null): void;
  /** No frames come until further notice, though the source may stay open. */
  dark(): void;
  status(status: VideoStatus): void;
  problem(error: MediaError): void;
}

/** The source that is shown: opened, replaced, switched off and on again, and released. */
export class VideoCapture {
  readonly #owner: VideoCaptureOwner;
  #choice: VideoSelection = { kind: 'camera' };
  /** The choice that the open source came from. */
  #shownChoice: VideoSelection = this.#choice;
  #source: Source | null = null;
  #running: Running | null = null;
  #opening: AbortController | null = null;
  #off = false;
  /** The largest picture that may be sent, in lines: for sources that are opened from now on. */
  maxLines = Number.POSITIVE_INFINITY;

  constructor(owner: VideoCaptureOwner) {
    this.#owner = owner;
  }

  /** Whether frames flow. */
  get shown(): boolean {
    return this.#running !== null;
  }

  get off(): boolean {
    return this.#off;
  }

  /**
   * Opens the choice and shows it in place of what was shown. What was shown stays on when that fails. Rejects with
   * MediaError, which the owner was told of too, or with the signal's reason.
   */
  async choose(choice: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.#opening?.abort(new Error('another source was chosen'));
    const opening = new AbortController();
    this.#opening = opening;
    this.#choice = choice;
    this.#off = false;
    if (!this.#source) this.#tell('starting', null);
    const joined = anySignal(opening.signal, signal);
    try {
      const source = await orAborted(openSource(choice, this.maxLines, joined.signal), joined.signal);
      this.#shownChoice = choice;
      this.#show(source);
    } catch (error) {
      if (this.#opening === opening) this.#failed(choice, error, joined.signal.aborted);
      throw joined.signal.aborted ? error : asMediaError(deviceOf(choice.kind), error);
    } finally {
      joined.dispose();
      if (this.#opening === opening) this.#opening = null;
    }
  }

  /** Opens the last choice if nothing is open and the picture is not off. */
  async ensure(signal?: AbortSignal): Promise<void> {
    if (!this.#source && !this.#off) await this.choose(this.#choice, signal);
  }

  /** Off releases a device at once; on opens the last choice again. */
  async setOff(off: boolean): Promise<void> {
    if (off === this.#off) return;
    this.#off = off;
    if (!off) {
      if (this.#source) this.#show(this.#source);
      else await this.choose(this.#choice);
      return;
    }
    this.#opening?.abort(new Error('the picture was switched off'));
    this.#stopFrames();
    if (!this.#source?.keepsSound) this.#closeSource();
    this.#owner.dark();
    this.#tell('off', null);
  }

  /** Releases everything; the choice stays. */
  stop(): void {
    this.#opening?.abort(new Error('stopped'));
    this.#opening = null;
    this.#stopFrames();
    this.#closeSource();
    this.#off = false;
    this.#owner.dark();
    this.#tell('off', null);
  }

  #show(source: Source): void {
    const before = this.#source;
    this.#stopFrames();
    this.#source = source;
    source.onEnded = () => this.#ended(source);
    this.#owner.source(source);
    if (before && before !== source) before.close();
    this.#running = source.startVideo({ frame: (frame) => this.#owner.frame(frame) }) ?? null;
    // What was shown before must not stand still over sound that belongs to something else.
    if (!this.#running) this.#owner.dark();
    this.#tellShown(source);
  }

  #failed(choice: VideoSelection, error: unknown, aborted: boolean): void {
    if (this.#source && !this.#off) {
      this.#choice = this.#shownChoice;
      this.#tellShown(this.#source);
    } else this.#tell(aborted || faultIs(error, 'cancelled') ? 'off' : 'failed', null);
    if (!aborted) this.#owner.problem(asMediaError(deviceOf(choice.kind), error));
  }

  #ended(source: Source): void {
    if (this.#source !== source) return;
    this.#stopFrames();
    this.#closeSource();
    this.#owner.dark();
    this.#tell('failed', null);
    this.#owner.problem(new MediaError(deviceOf(source.kind), 'unplugged'));
  }

  #stopFrames(): void {
    this.#running?.close();
    this.#running = null;
  }

  #closeSource(): void {
    const source = this.#source;
    if (!source) return;
    this.#source = null;
    this.#owner.source(null);
    source.close();
  }

  #tellShown(source: Source): void {
    this.#tell(this.#running ? 'on' : 'none', source.preview);
  }

  #tell(picture: PublisherState['video'], preview: MediaStream | null): void {
    this.#owner.status({ source: this.#source?.kind ?? this.#choice.kind, video: picture, preview });
  }
}

function deviceOf(kind: SourceKind): MediaProblem['device'] {
  return kind === 'test' ? 'camera' : kind;
}

function faultIs(error: unknown, fault: MediaProblem['fault']): boolean {
  return error instanceof MediaError && error.reason === fault;
}
