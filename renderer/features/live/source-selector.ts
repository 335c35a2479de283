import { messageOf } from '../../../common/base/errors.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Publisher } from '../../media/shared/publisher-types.ts';
import type { SourceKind, VideoSelection } from '../../media/shared/source-types.ts';
import type { LiveServices } from './live-services.ts';
import { ScreenPrompt } from './screen-prompt.ts';
import {
  opensWithoutPicker,
  type SourceChoices,
  type SourceSelection,
  videoSelectionOf,
} from './source-selection.ts';

/**
 * The user's selection of source, camera and microphone. Opens the source for the preview while the publisher
 * is idle, and sends it to viewers while it is live.
 */
export class SourceSelector implements SourceChoices {
  readonly #services: LiveServices;
  readonly #publisher: Publisher;
  readonly #releaseDevices: () => void;
  readonly #selection: Store<SourceSelection>;
  readonly #screenPrompt = new ScreenPrompt();
  #opening: AbortController | null = null;
  #pending: Promise<void> = Promise.resolve();
  /**
   * Kinds of device whose saved id comes from an earlier run and has been neither replaced nor confirmed in
   * this run.
   */
  readonly #saved = new Set<'camera' | 'microphone'>(['camera', 'microphone']);
  readonly #openedFile = new Store<File | null>(null);

  /** Calls `releaseDevices` to close the previous source while the selected source cannot be opened yet. */
  constructor(services: LiveServices, releaseDevices: () => void) {
    this.#services = services;
    this.#publisher = services.media.publisher;
    this.#releaseDevices = releaseDevices;
    const { source, cameraId, microphoneId, sound } = services.state.get().settings;
    this.#selection = new Store<SourceSelection>({
      kind: source,
      cameraId,
      microphoneId,
      audio: sound,
      file: null,
    });
  }

  get selection(): Readable<SourceSelection> {
    return this.#selection;
  }

  /** Whether the app's own screen picker is open. */
  get pickerOpen(): Readable<boolean> {
    return this.#screenPrompt.open;
  }

  /** Whether a video source is being opened. */
  get opening(): boolean {
    return this.#opening !== null;
  }

  /** Resolves once the selected video source is open or has failed. Never rejects. */
  get settled(): Promise<void> {
    return this.#pending;
  }

  /** The last file that opened successfully; null if there was none. */
  get openedFile(): Readable<File | null> {
    return this.#openedFile;
  }

  /** Selects a kind of source, and the file if any, without opening or saving it. */
  preselect(kind: SourceKind, file: File | null = null): void {
    this.#selection.update((selection) => ({ ...selection, kind, file: file ?? selection.file }));
  }

  /** Cancels opening a video source. */
  cancelOpening(): void {
    this.#opening?.abort();
    this.#opening = null;
  }

  /** Selects and saves a kind of source, and opens it unless it needs a picker. */
  selectKind(kind: SourceKind): void {
    this.#selection.update((selection) => ({ ...selection, kind }));
    this.#services.changeSettings({ source: kind });
    this.#publisher.dismissProblem();
    if (opensWithoutPicker(this.#selection.get())) this.openVideo();
    // Otherwise the preview would still show the previous source.
    else if (this.#publisher.state.get().phase === 'idle') this.#releaseDevices();
  }

  /** Selects, saves and opens a camera. Null selects the system default. */
  selectCamera(cameraId: string | null): void {
    this.#saved.delete('camera');
    this.#selection.update((selection) => ({ ...selection, cameraId }));
    this.#services.changeSettings({ cameraId });
    this.openVideo();
  }

  /** Selects, saves and opens a microphone. Null selects the system default, false turns audio off. */
  selectAudio(microphone: string | null | false): void {
    const audio = microphone !== false;
    this.#saved.delete('microphone');
    this.#selection.update((selection) => ({
      ...selection,
      audio,
      microphoneId: audio ? microphone : selection.microphoneId,
    }));
    this.#services.changeSettings(audio ? { sound: audio, microphoneId: microphone } : { sound: audio });
    void this.openAudio();
  }

  /** Selects and opens a file. */
  selectFile(file: File): void {
    this.#selection.update((selection) => ({ ...selection, kind: 'file', file }));
    this.#services.changeSettings({ source: 'file' });
    this.openVideo();
  }

  /** Lets the user choose a screen or window, and opens it. Resolves to whether capture has started. */
  async selectScreen(): Promise<boolean> {
    this.#publisher.dismissProblem();
    if (!(await this.pickScreen())) return false;
    this.openVideo({ kind: 'screen' });
    await this.#pending;
    const state = this.#publisher.state.get();
    return state.source === 'screen' && (state.video === 'on' || state.video === 'starting');
  }

  /**
   * Selects and saves `selection`, whose video source is already in use, and opens the microphone if it
   * changed.
   */
  adopt(selection: SourceSelection): void {
    const { audio, microphoneId } = this.#selection.get();
    this.cancelOpening();
    if (selection.kind === 'camera') this.#saved.delete('camera');
    this.#selection.set(selection);
    if (selection.kind === 'file') this.#openedFile.set(selection.file);
    this.#services.changeSettings({
      source: selection.kind,
      cameraId: selection.cameraId,
      sound: selection.audio,
      microphoneId: selection.microphoneId,
    });
    if (selection.audio === audio && selection.microphoneId === microphoneId) return;
    this.#saved.delete('microphone');
    void this.openAudio();
  }

  /** Closes the app's own screen picker with the chosen source's id, or dismisses it with null. */
  answerPicker(id: string | null): void {
    this.#screenPrompt.answer(id);
  }

  /** Dismisses the problem and opens the selected device again. */
  retry(media: 'video' | 'audio'): void {
    this.#publisher.dismissProblem();
    if (media === 'audio') void this.openAudio();
    else this.openVideo();
  }

  /** Opens `video`, by default the selected video source. Cancels an earlier attempt that is in progress. */
  openVideo(video: VideoSelection | undefined = videoSelectionOf(this.#selection.get())): void {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    if (!video) return;
    this.#pending = this.#publisher
      .selectVideo(video, opening.signal)
      .then(() => {
        if (video.kind === 'camera') this.#saved.delete('camera');
        if (video.kind === 'file') this.#openedFile.set(video.file ?? null);
      })
      .catch((error: unknown) => {
        if (opening.signal.aborted) return;
        if (video.kind === 'camera' && this.#replaceSaved('camera', video.cameraId ?? null)) {
          this.#selection.update((selection) => ({ ...selection, cameraId: null }));
          this.openVideo();
          return this.#pending;
        }
        if (video.kind === 'file') this.#revertSelection();
        this.#reportUnlessShown(error);
      })
      .finally(() => {
        if (this.#opening === opening) this.#opening = null;
      });
  }

  /** Opens the selected microphone, or turns audio off. Never rejects. */
  async openAudio(): Promise<void> {
    const { audio, microphoneId } = this.#selection.get();
    try {
      await this.#publisher.selectAudio(audio ? { id: microphoneId } : false);
      if (audio) this.#saved.delete('microphone');
    } catch (error) {
      if (this.#replaceSaved('microphone', microphoneId)) {
        this.#selection.update((selection) => ({ ...selection, microphoneId: null }));
        this.#publisher.dismissProblem();
        return this.openAudio();
      }
      this.#reportUnlessShown(error);
    }
  }

  /** After a file has failed to open, selects the source that is still being captured. */
  #revertSelection(): void {
    const { video, source } = this.#publisher.state.get();
    if (video !== 'on') return;
    const file = source === 'file' ? this.#openedFile.get() : null;
    this.#selection.update((selection) => ({ ...selection, kind: source, file }));
    this.#services.changeSettings({ source });
  }

  /** The notice about the publisher's problem already tells the user. */
  #reportUnlessShown(error: unknown): void {
    if (!this.#publisher.state.get().problem) this.#services.toasts.show(messageOf(error), { tone: 'bad' });
  }

  /**
   * Whether a device saved in an earlier run no longer exists, so that the system default replaces it. (In a
   * browser, device ids change with the page's port.) Returns true once per kind of device: a device that
   * disappears during this run must not be replaced silently.
   */
  #replaceSaved(device: 'camera' | 'microphone', id: string | null): boolean {
    const { problem } = this.#publisher.state.get();
    if (id === null || problem?.device !== device || problem.fault !== 'missing') return false;
    return this.#saved.delete(device);
  }

  /**
   * Shows the app's own screen picker if the app needs one, and resolves to false if the user dismisses it.
   * Resolves to true if the user chooses a screen, or if the system shows its own picker when the capture starts.
   */
  async pickScreen(): Promise<boolean> {
    if (!this.#services.info.ownScreenPicker) return true;
    const id = await this.#screenPrompt.ask();
    if (id === null) return false;
    await this.#services.bridge.request('screens.choose', { id });
    return true;
  }
}
