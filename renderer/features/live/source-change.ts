import { type Readable, Store } from '../../../common/base/store.ts';
import { toMediaError } from '../../media/shared/media-error.ts';
import type { Publisher, StagedSource } from '../../media/shared/publisher-types.ts';
import type { MediaProblem, SourceKind } from '../../media/shared/source-types.ts';
import {
  opensWithoutPicker,
  type SourceChoices,
  type SourceSelection,
  videoSelectionOf,
} from './source-selection.ts';
import type { SourceSelector } from './source-selector.ts';

/** Preview of the selected source, which is not sent to viewers yet. */
export interface ChangePreview {
  /**
   * live: the broadcast's own source is selected. missing: the user must first choose a screen or file. open:
   * the selected source is open.
   */
  state: 'live' | 'missing' | 'opening' | 'open' | 'failed';
  /** The video of the selected source; null if it has none, or if it is the broadcast's own source. */
  stream: MediaStream | null;
  /** Why the selected source could not be opened. */
  problem: MediaProblem | null;
}

const LIVE: ChangePreview = { state: 'live', stream: null, problem: null };

/** A change of the source during a broadcast. Viewers do not see the new source until `apply` is called. */
export class SourceChange implements SourceChoices {
  readonly #publisher: Publisher;
  readonly #sources: SourceSelector;
  readonly #selection: Store<SourceSelection>;
  readonly #preview = new Store<ChangePreview>(LIVE);
  #staged: StagedSource | null = null;
  #opening: AbortController | null = null;
  /**
   * Resolves to the result of the open screen picker; null if no picker is open or its result no longer
   * matters.
   */
  #picking: Promise<boolean> | null = null;

  constructor(publisher: Publisher, sources: SourceSelector) {
    this.#publisher = publisher;
    this.#sources = sources;
    this.#selection = new Store(sources.selection.get());
  }

  get selection(): Readable<SourceSelection> {
    return this.#selection;
  }

  get preview(): Readable<ChangePreview> {
    return this.#preview;
  }

  selectKind(kind: SourceKind): void {
    this.#select({ kind });
    if (opensWithoutPicker(this.#selection.get())) void this.#open();
    else this.#discard('missing');
  }

  selectCamera(cameraId: string | null): void {
    this.#select({ cameraId });
    void this.#open();
  }

  selectAudio(microphone: string | null | false): void {
    this.#select(microphone === false ? { audio: false } : { audio: true, microphoneId: microphone });
  }

  selectFile(file: File): void {
    this.#select({ kind: 'file', file });
    void this.#open();
  }

  async selectScreen(): Promise<boolean> {
    const picking = this.#sources.pickScreen();
    this.#picking = picking;
    try {
      if (!(await picking) || this.#picking !== picking) return false;
    } finally {
      if (this.#picking === picking) this.#picking = null;
    }
    return this.#open();
  }

  /** Opens the selected source again after a failure. */
  retry(): void {
    void this.#open();
  }

  /** Sends the selected source and devices to the viewers. Has no effect while the selected source is not open. */
  apply(): void {
    const { state } = this.#preview.get();
    if (state !== 'live' && state !== 'open') return;
    if (this.#staged && !this.#staged.use()) return;
    this.#staged = null;
    this.#sources.adopt(this.#selection.get());
    this.#preview.set(LIVE);
  }

  /** Returns to the broadcast's own source. */
  reset(): void {
    this.#select(this.#sources.selection.get());
    this.close();
  }

  /** Releases the selected source if it has not been applied. */
  close(): void {
    this.#discard('live');
  }

  #select(change: Partial<SourceSelection>): void {
    this.#selection.update((selection) => ({ ...selection, ...change }));
  }

  #discard(state: ChangePreview['state']): void {
    this.#opening?.abort(new Error('another source was selected'));
    this.#opening = null;
    if (this.#picking) {
      this.#picking = null;
      this.#sources.answerPicker(null);
    }
    this.#staged?.close();
    this.#staged = null;
    this.#preview.set({ state, stream: null, problem: null });
  }

  /** Opens the selected source. Resolves to whether it is open; never rejects. */
  async #open(): Promise<boolean> {
    this.#discard('opening');
    const video = videoSelectionOf(this.#selection.get());
    if (!video) return false;
    const opening = new AbortController();
    this.#opening = opening;
    const device = video.kind === 'test' ? 'camera' : video.kind;
    try {
      const staged = await this.#publisher.stageVideo(video, opening.signal);
      if (opening.signal.aborted) {
        staged.close();
        return false;
      }
      this.#staged = staged;
      staged.onEnded((problem) => {
        if (this.#staged !== staged) return;
        this.#staged = null;
        this.#preview.set({ state: 'failed', stream: null, problem });
      });
      this.#preview.set({ state: 'open', stream: staged.preview, problem: null });
      return true;
    } catch (error) {
      if (!opening.signal.aborted)
        this.#preview.set({ state: 'failed', stream: null, problem: toMediaError(device, error).problem });
      return false;
    }
  }
}
