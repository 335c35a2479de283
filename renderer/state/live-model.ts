import type { AppInfo, AppState, Bridge, Settings } from '../../common/bridge.ts';
import { messageOf } from '../../common/errors.ts';
import { Scope } from '../../common/scope.ts';
import { type Readable, Store } from '../../common/store.ts';
import type { Media, Publisher, SourceKind, VideoChoice } from '../media/types.ts';
import { forgetLive, type LiveRecord, readLive, rememberLive } from './live-record.ts';
import type { Toasts } from './toasts.ts';

/** What going live needs of the window's model. */
export interface LiveHost {
  readonly info: AppInfo;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts: Toasts;
  readonly state: Readable<AppState>;
  readonly screen: Readable<{ readonly name: string }>;
  go(screen: { readonly name: 'golive' | 'home' }): void;
  changeSettings(patch: Partial<Settings>): void;
  attempt(work: Promise<unknown>, what: string): void;
}

/** What the person has chosen to show, whether or not it could be opened. */
export interface LiveChoice {
  kind: SourceKind;
  cameraId: string | null;
  file: File | null;
  sound: boolean;
  microphoneId: string | null;
}

/** Going live as the window drives it: the choice of sources, starting and stopping, and coming back after a reload. */
export class LiveModel {
  readonly publisher: Publisher;
  readonly #app: LiveHost;
  readonly #scope = new Scope();
  readonly #choice: Store<LiveChoice>;
  readonly #sinceMs = new Store<number | null>(null);
  readonly #picking = new Store(false);
  readonly #interrupted = new Store<LiveRecord | null>(null);
  #answerPicker: ((id: string | null) => void) | null = null;
  #applying: AbortController | null = null;
  #pending: Promise<void> = Promise.resolve();
  #starting: AbortController | null = null;
  #booting = false;
  #stopping = false;

  constructor(app: LiveHost) {
    this.#app = app;
    this.publisher = app.media.publisher;
    const { source, cameraId, microphoneId, sound } = app.state.get().settings;
    this.#choice = new Store<LiveChoice>({ kind: source, cameraId, microphoneId, sound, file: null });
    this.#scope.own(
      this.publisher.state.subscribe(({ phase, name, source: kind }) => {
        if (phase === 'live') this.#sinceMs.update((since) => since ?? Date.now());
        if (phase === 'idle') this.#sinceMs.set(null);
        if (phase === 'live' && name !== null && !this.#stopping) rememberLive({ name, source: kind });
      }),
    );
  }

  get choice(): Readable<LiveChoice> {
    return this.#choice;
  }

  /** When the broadcast went live, in milliseconds since the epoch. */
  get sinceMs(): Readable<number | null> {
    return this.#sinceMs;
  }

  /** Whether the app's own screen picker is open. */
  get picking(): Readable<boolean> {
    return this.#picking;
  }

  /** A broadcast that a reload interrupted and that only the person can bring back. */
  get interrupted(): Readable<LiveRecord | null> {
    return this.#interrupted;
  }

  /** Goes live without being asked: for `--autostart`, and after a reload of the window while it was live. */
  boot(): void {
    const wish = this.#app.info.autostart;
    // A wait for a call is none of this.
    const autostart = wish === 'call' ? null : wish;
    const record = readLive();
    const kind = autostart ?? record?.source ?? null;
    if (!kind) return;
    const name = record?.name ?? this.#app.state.get().settings.broadcastName;
    if (!autostart && (kind === 'screen' || kind === 'file')) {
      // These need a choice by the person again.
      this.#interrupted.set({ name, source: kind });
      this.#choice.update((choice) => ({ ...choice, kind }));
      return;
    }
    this.#app.go({ name: 'golive' });
    this.#choice.update((choice) => ({ ...choice, kind }));
    this.#app.attempt(this.#bootStart(kind, name), 'Going live did not work');
  }

  /** Brings back what a reload interrupted. */
  resume(): void {
    const record = this.#interrupted.get();
    if (!record) return;
    this.#interrupted.set(null);
    this.#choice.update((choice) => ({ ...choice, kind: record.source }));
    this.#app.go({ name: 'golive' });
    if (record.source === 'screen') this.start(record.name);
  }

  dismissInterrupted(): void {
    this.#interrupted.set(null);
    forgetLive();
  }

  /** Opens the preview of the present choice, unless something is open already. */
  open(): void {
    const state = this.publisher.state.get();
    if (state.phase !== 'idle' || this.#booting) return;
    if (state.sound === 'off') void this.#applySound();
    if (!state.preview && !this.#applying && this.#opensByItself()) this.#apply();
  }

  /** Releases the devices when nothing is live. */
  leave(): void {
    this.answerPicker(null);
    if (this.publisher.state.get().phase !== 'idle' || this.#booting) return;
    this.#applying?.abort();
    this.#applying = null;
    this.#app.attempt(this.publisher.release(), 'The devices could not be released');
  }

  selectKind(kind: SourceKind): void {
    this.#choice.update((choice) => ({ ...choice, kind }));
    this.#app.changeSettings({ source: kind });
    this.publisher.dismissProblem();
    if (this.#opensByItself()) this.#apply();
    // Before going live the old source must not stay on behind another choice.
    else if (this.publisher.state.get().phase === 'idle') this.leave();
  }

  selectCamera(cameraId: string | null): void {
    this.#choice.update((choice) => ({ ...choice, cameraId }));
    this.#app.changeSettings({ cameraId });
    this.#apply();
  }

  /** A microphone, the default one (null), or no sound (false). */
  selectSound(microphone: string | null | false): void {
    const sound = microphone !== false;
    this.#choice.update((choice) => ({
      ...choice,
      sound,
      microphoneId: sound ? microphone : choice.microphoneId,
    }));
    this.#app.changeSettings(sound ? { sound, microphoneId: microphone } : { sound });
    void this.#applySound();
  }

  selectFile(file: File): void {
    this.#choice.update((choice) => ({ ...choice, kind: 'file', file }));
    this.#app.changeSettings({ source: 'file' });
    this.#apply();
  }

  /** Asks which screen or window; true when one is being shown. */
  async selectScreen(): Promise<boolean> {
    this.publisher.dismissProblem();
    if (!(await this.pickScreen())) return false;
    this.#apply({ kind: 'screen' });
    await this.#pending;
    const state = this.publisher.state.get();
    return state.source === 'screen' && (state.picture === 'on' || state.picture === 'starting');
  }

  /** Closes the app's own screen picker with a choice, or without one. */
  answerPicker(id: string | null): void {
    this.#answerPicker?.(id);
  }

  /** Tries again what failed. */
  retry(device: 'picture' | 'sound'): void {
    this.publisher.dismissProblem();
    if (device === 'sound') void this.#applySound();
    else this.#apply();
  }

  start(name: string): void {
    this.#app.attempt(this.#start(name), 'Going live did not work');
  }

  /** Gives up while it is still starting. */
  cancelStart(): void {
    this.#starting?.abort();
  }

  stop(): void {
    forgetLive();
    this.#interrupted.set(null);
    this.#stopping = true;
    // The set-up would open the camera again for its preview; whoever stops does not expect that.
    if (this.#app.screen.get().name === 'golive') this.#app.go({ name: 'home' });
    const stop = async (): Promise<void> => {
      try {
        await this.publisher.stop();
        this.#app.toasts.show('You are no longer live.');
      } finally {
        this.#stopping = false;
      }
    };
    this.#app.attempt(stop(), 'Stopping did not work');
  }

  setMuted(muted: boolean): void {
    this.#app.attempt(
      this.publisher.setMuted(muted),
      muted ? 'Muting did not work' : 'The microphone did not start',
    );
  }

  setPictureOff(off: boolean): void {
    this.#app.attempt(this.publisher.setPictureOff(off), 'The picture could not be switched');
  }

  async close(): Promise<void> {
    this.#applying?.abort();
    this.#starting?.abort();
    this.answerPicker(null);
    await this.#scope.close();
  }

  async #start(name: string): Promise<void> {
    if (this.publisher.state.get().phase !== 'idle' || this.#starting) return;
    const starting = new AbortController();
    this.#starting = starting;
    try {
      const { kind } = this.#choice.get();
      const { source, preview } = this.publisher.state.get();
      if (kind === 'screen' && !(source === 'screen' && preview) && !(await this.selectScreen())) return;
      await this.#pending;
      await this.publisher.goLive(name, starting.signal);
      this.#app.changeSettings({ broadcastName: name });
    } catch (error) {
      // Giving up is no failure, and a problem with a device has its own notice.
      if (!starting.signal.aborted && !this.publisher.state.get().problem) throw error;
    } finally {
      this.#starting = null;
    }
  }

  async #bootStart(kind: SourceKind, name: string): Promise<void> {
    this.#booting = true;
    try {
      await this.#bootSources(kind);
    } finally {
      this.#booting = false;
    }
    await this.#start(name);
  }

  async #bootSources(kind: SourceKind): Promise<void> {
    if (kind === 'screen' && this.#app.info.ownScreenPicker) {
      // Nobody is there to choose: the first whole screen.
      const screens = await this.#app.bridge.call('screens.list', null);
      const first = screens.find((screen) => screen.kind === 'screen') ?? screens[0];
      if (first) await this.#app.bridge.call('screens.choose', { id: first.id });
    }
    await this.#applySound();
    this.#apply(kind === 'screen' ? { kind } : undefined);
    await this.#pending;
  }

  #opensByItself(): boolean {
    const { kind, file } = this.#choice.get();
    return kind === 'camera' || kind === 'test' || (kind === 'file' && file !== null);
  }

  /** Opens the chosen source, giving up an earlier opening that still runs. */
  #apply(video: VideoChoice | undefined = this.#videoChoice()): void {
    this.#applying?.abort();
    const applying = new AbortController();
    this.#applying = applying;
    if (!video) return;
    this.#pending = this.publisher
      .choose(video, applying.signal)
      .catch((error: unknown) => {
        if (applying.signal.aborted || this.publisher.state.get().problem) return;
        this.#app.toasts.show(messageOf(error), { tone: 'bad' });
      })
      .finally(() => {
        if (this.#applying === applying) this.#applying = null;
      });
  }

  #videoChoice(): VideoChoice | undefined {
    const { kind, cameraId, file } = this.#choice.get();
    if (kind === 'camera') return { kind, cameraId };
    if (kind === 'file') return file ? { kind, file } : undefined;
    return { kind };
  }

  async #applySound(): Promise<void> {
    const { sound, microphoneId } = this.#choice.get();
    try {
      await this.publisher.chooseSound(sound ? { id: microphoneId } : false);
    } catch (error) {
      if (!this.publisher.state.get().problem) this.#app.toasts.show(messageOf(error), { tone: 'bad' });
    }
  }

  /**
   * Asks which screen the next capture gets, where the app must do so itself. True when capturing can begin; elsewhere
   * the system asks then.
   */
  async pickScreen(): Promise<boolean> {
    if (!this.#app.info.ownScreenPicker) return true;
    this.answerPicker(null);
    this.#picking.set(true);
    const id = await new Promise<string | null>((resolve) => {
      this.#answerPicker = resolve;
    });
    this.#answerPicker = null;
    this.#picking.set(false);
    if (id === null) return false;
    await this.#app.bridge.call('screens.choose', { id });
    return true;
  }
}
