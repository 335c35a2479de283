import { messageOf } from '../../../common/base/errors.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Publisher, SourceKind, VideoSelection } from '../../media/shared/types.ts';
import { type LiveChoice, type LiveHost, opensByItself, videoChoice } from './live-choice.ts';
import { ScreenChoice } from './screen-choice.ts';

/** What is chosen to be shown and heard, and opening it. Without being live that is a preview. */
export class LiveSources {
  readonly #app: LiveHost;
  readonly #publisher: Publisher;
  readonly #release: () => void;
  readonly #choice: Store<LiveChoice>;
  readonly #screens = new ScreenChoice();
  #applying: AbortController | null = null;
  #pending: Promise<void> = Promise.resolve();
  /** Devices that were chosen in an earlier start, until one was opened or chosen in this one. */
  readonly #remembered = new Set<'camera' | 'microphone'>(['camera', 'microphone']);
  /** The file that is shown, or was last. */
  #shownFile: File | null = null;

  /** `release`: nothing is to be shown for now. */
  constructor(app: LiveHost, release: () => void) {
    this.#app = app;
    this.#publisher = app.media.publisher;
    this.#release = release;
    const { source, cameraId, microphoneId, sound } = app.state.get().settings;
    this.#choice = new Store<LiveChoice>({ kind: source, cameraId, microphoneId, sound, file: null });
  }

  get choice(): Readable<LiveChoice> {
    return this.#choice;
  }

  /** Whether the app's own screen picker is open. */
  get picking(): Readable<boolean> {
    return this.#screens.open;
  }

  /** Whether a source is being opened. */
  get opening(): boolean {
    return this.#applying !== null;
  }

  /** When what was chosen last is open, or could not be. Never rejects. */
  get settled(): Promise<void> {
    return this.#pending;
  }

  /** Chooses without opening anything. */
  prefer(kind: SourceKind): void {
    this.#choice.update((choice) => ({ ...choice, kind }));
  }

  /** Gives up what is being opened. */
  abort(): void {
    this.#applying?.abort();
    this.#applying = null;
  }

  selectKind(kind: SourceKind): void {
    this.#choice.update((choice) => ({ ...choice, kind }));
    this.#app.changeSettings({ source: kind });
    this.#publisher.dismissProblem();
    if (opensByItself(this.#choice.get())) this.apply();
    // Before going live the old source must not stay on behind another choice.
    else if (this.#publisher.state.get().phase === 'idle') this.#release();
  }

  selectCamera(cameraId: string | null): void {
    this.#remembered.delete('camera');
    this.#choice.update((choice) => ({ ...choice, cameraId }));
    this.#app.changeSettings({ cameraId });
    this.apply();
  }

  /** A microphone, the default one (null), or no sound (false). */
  selectSound(microphone: string | null | false): void {
    const sound = microphone !== false;
    this.#remembered.delete('microphone');
    this.#choice.update((choice) => ({
      ...choice,
      sound,
      microphoneId: sound ? microphone : choice.microphoneId,
    }));
    this.#app.changeSettings(sound ? { sound, microphoneId: microphone } : { sound });
    void this.applySound();
  }

  selectFile(file: File): void {
    this.#choice.update((choice) => ({ ...choice, kind: 'file', file }));
    this.#app.changeSettings({ source: 'file' });
    this.apply();
  }

  /** Asks which screen or window; true when one is being shown. */
  async selectScreen(): Promise<boolean> {
    this.#publisher.dismissProblem();
    if (!(await this.pickScreen())) return false;
    this.apply({ kind: 'screen' });
    await this.#pending;
    const state = this.#publisher.state.get();
    return state.source === 'screen' && (state.video === 'on' || state.video === 'starting');
  }

  /** Closes the app's own screen picker with a choice, or without one. */
  answerPicker(id: string | null): void {
    this.#screens.answer(id);
  }

  /** Tries again what failed. */
  retry(device: 'picture' | 'sound'): void {
    this.#publisher.dismissProblem();
    if (device === 'sound') void this.applySound();
    else this.apply();
  }

  /** Opens the chosen source, giving up an earlier opening that still runs. */
  apply(video: VideoSelection | undefined = videoChoice(this.#choice.get())): void {
    this.#applying?.abort();
    const applying = new AbortController();
    this.#applying = applying;
    if (!video) return;
    this.#pending = this.#publisher
      .selectVideo(video, applying.signal)
      .then(() => {
        if (video.kind === 'camera') this.#remembered.delete('camera');
        if (video.kind === 'file') this.#shownFile = video.file ?? null;
      })
      .catch((error: unknown) => {
        if (applying.signal.aborted) return;
        if (video.kind === 'camera' && this.#isGone('camera', video.cameraId ?? null)) {
          this.#choice.update((choice) => ({ ...choice, cameraId: null }));
          this.apply();
          return this.#pending;
        }
        if (video.kind === 'file') this.#chooseWhatIsShown();
        if (!this.#publisher.state.get().problem) this.#app.toasts.show(messageOf(error), { tone: 'bad' });
      })
      .finally(() => {
        if (this.#applying === applying) this.#applying = null;
      });
  }

  /** After a file that cannot be shown: what was shown before still is. */
  #chooseWhatIsShown(): void {
    const { video: picture, source } = this.#publisher.state.get();
    if (picture !== 'on') return;
    const file = source === 'file' ? this.#shownFile : null;
    this.#choice.update((choice) => ({ ...choice, kind: source, file }));
    this.#app.changeSettings({ source });
  }

  async applySound(): Promise<void> {
    const { sound, microphoneId } = this.#choice.get();
    try {
      await this.#publisher.selectAudio(sound ? { id: microphoneId } : false);
      if (sound) this.#remembered.delete('microphone');
    } catch (error) {
      if (this.#isGone('microphone', microphoneId)) {
        this.#choice.update((choice) => ({ ...choice, microphoneId: null }));
        this.#publisher.dismissProblem();
        return this.applySound();
      }
      if (!this.#publisher.state.get().problem) this.#app.toasts.show(messageOf(error), { tone: 'bad' });
    }
  }

  /**
   * Whether what just failed is a device from an earlier start that is not there any more: the usual one will do. (In a
   * browser ids change with the page's port.) True once, since a device that goes away later must not be replaced
   * without a word.
   */
  #isGone(device: 'camera' | 'microphone', id: string | null): boolean {
    const { problem } = this.#publisher.state.get();
    if (id === null || problem?.device !== device || problem.fault !== 'missing') return false;
    return this.#remembered.delete(device);
  }

  /**
   * Asks which screen the next capture gets, where the app must do so itself. True when capturing can begin; elsewhere
   * the system asks then.
   */
  async pickScreen(): Promise<boolean> {
    if (!this.#app.info.ownScreenPicker) return true;
    const id = await this.#screens.ask();
    if (id === null) return false;
    await this.#app.bridge.request('screens.choose', { id });
    return true;
  }
}
