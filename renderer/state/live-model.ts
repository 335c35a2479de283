import { messageOf } from '../../common/errors.ts';
import { Scope } from '../../common/scope.ts';
import { type Readable, Store } from '../../common/store.ts';
import type { Publisher, SourceKind, VideoChoice } from '../media/types.ts';
import { type LiveChoice, type LiveHost, opensByItself, videoChoice } from './live-choice.ts';
import { type Channel, LiveElsewhere, openChannel } from './live-elsewhere.ts';
import { forgetLive, type LiveRecord, readLive, rememberLive } from './live-record.ts';
import { ScreenChoice } from './screen-choice.ts';

/** Going live as the window drives it: the choice of sources, starting and stopping, and coming back after a reload. */
export class LiveModel {
  readonly publisher: Publisher;
  readonly #app: LiveHost;
  readonly #scope = new Scope();
  readonly #choice: Store<LiveChoice>;
  readonly #sinceMs = new Store<number | null>(null);
  readonly #screens = new ScreenChoice();
  readonly #interrupted = new Store<LiveRecord | null>(null);
  #applying: AbortController | null = null;
  #pending: Promise<void> = Promise.resolve();
  #starting: AbortController | null = null;
  readonly #isStarting = new Store(false);
  /** Devices that were chosen in an earlier start, until one was opened or chosen in this one. */
  readonly #remembered = new Set<'camera' | 'microphone'>(['camera', 'microphone']);
  #booting = false;
  #stopping = false;
  readonly #elsewhere: LiveElsewhere;
  #toldLive = false;
  /** The file that is shown, or was last. */
  #shownFile: File | null = null;

  /** `channel`: tests put in one of their own. */
  constructor(app: LiveHost, channel: Channel = openChannel()) {
    this.#app = app;
    this.#elsewhere = new LiveElsewhere((name) => this.#takenOver(name), channel);
    this.publisher = app.media.publisher;
    const { source, cameraId, microphoneId, sound } = app.state.get().settings;
    this.#choice = new Store<LiveChoice>({ kind: source, cameraId, microphoneId, sound, file: null });
    this.#scope.own(
      this.publisher.state.subscribe(({ phase, name, source: kind }) => {
        if (phase === 'live') this.#sinceMs.update((since) => since ?? Date.now());
        if (phase === 'idle') this.#sinceMs.set(null);
        if (phase === 'live' && name !== null && !this.#stopping) rememberLive({ name, source: kind });
        if (phase === 'live' && name !== null && !this.#toldLive) this.#elsewhere.tell(name);
        this.#toldLive = phase === 'live';
      }),
    );
    this.#scope.own(() => this.#elsewhere.close());
  }

  get choice(): Readable<LiveChoice> {
    return this.#choice;
  }

  /** When the broadcast went live, in milliseconds since the epoch. */
  get sinceMs(): Readable<number | null> {
    return this.#sinceMs;
  }

  /** Whether it is going live: also while a source for it is still being opened. */
  get starting(): Readable<boolean> {
    return this.#isStarting;
  }

  /** Whether the app's own screen picker is open. */
  get picking(): Readable<boolean> {
    return this.#screens.open;
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
    // Who watches goes on watching: a ticket on the command line, or a reload while watching and being live.
    if (this.#app.screen.get().name !== 'watch') this.#app.go({ name: 'golive' });
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
    if (!state.preview && !this.#applying && opensByItself(this.#choice.get())) this.#apply();
  }

  /** Releases the devices when nothing is live. Whoever leaves while it is still starting has given up. */
  leave(): void {
    this.answerPicker(null);
    if (this.publisher.state.get().phase === 'live' || this.#booting) return;
    this.#applying?.abort();
    this.#applying = null;
    const released = this.#starting ? this.publisher.stop() : this.publisher.release();
    if (this.#starting) this.#app.toasts.show('You did not go live.');
    this.#starting?.abort();
    this.#app.attempt(released, 'The devices could not be released');
  }

  selectKind(kind: SourceKind): void {
    this.#choice.update((choice) => ({ ...choice, kind }));
    this.#app.changeSettings({ source: kind });
    this.publisher.dismissProblem();
    if (opensByItself(this.#choice.get())) this.#apply();
    // Before going live the old source must not stay on behind another choice.
    else if (this.publisher.state.get().phase === 'idle') this.leave();
  }

  selectCamera(cameraId: string | null): void {
    this.#remembered.delete('camera');
    this.#choice.update((choice) => ({ ...choice, cameraId }));
    this.#app.changeSettings({ cameraId });
    this.#apply();
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
    this.#screens.answer(id);
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
    this.answerPicker(null);
    this.#starting?.abort();
  }

  /** `words`: what the person is told then. */
  stop(words = 'You are no longer live.'): void {
    forgetLive();
    this.#interrupted.set(null);
    this.#stopping = true;
    // The set-up would open the camera again for its preview; whoever stops does not expect that.
    if (this.#app.screen.get().name === 'golive') this.#app.go({ name: 'home' });
    const stop = async (): Promise<void> => {
      try {
        await this.publisher.stop();
        this.#app.toasts.show(words);
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

  /** Another window of this app went live: viewers see that one. */
  #takenOver(name: string): void {
    const { phase, name: own } = this.publisher.state.get();
    if (phase !== 'live' || own !== name || this.#stopping) return;
    this.stop(`Another window went live as “${name}”, so this one has stopped.`);
  }

  async #start(name: string): Promise<void> {
    if (this.publisher.state.get().phase !== 'idle' || this.#starting) return;
    const starting = new AbortController();
    this.#starting = starting;
    this.#isStarting.set(true);
    // A question by the system for a camera or a screen can be left open for as long as one likes.
    const givenUp = new Promise<false>((resolve) => {
      starting.signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    try {
      const { kind } = this.#choice.get();
      const { source, preview } = this.publisher.state.get();
      const shown = source === 'screen' && preview !== null;
      if (kind === 'screen' && !shown && !(await Promise.race([this.selectScreen(), givenUp]))) return;
      await Promise.race([this.#pending, givenUp]);
      // Given up while the source was being opened: it must not be opened once more.
      if (starting.signal.aborted) return;
      await this.publisher.goLive(name, starting.signal);
      this.#app.changeSettings({ broadcastName: name });
    } catch (error) {
      // Giving up is no failure, and a problem with a device has its own notice.
      if (!starting.signal.aborted && !this.publisher.state.get().problem) throw error;
    } finally {
      this.#starting = null;
      this.#isStarting.set(false);
    }
  }

  async #bootStart(kind: SourceKind, name: string): Promise<void> {
    this.#booting = true;
    try {
      await this.#bootSources(kind);
      await this.#start(name);
    } finally {
      this.#booting = false;
      // Turned away meanwhile, and it did not work: nothing stays on.
      if (this.#app.screen.get().name !== 'golive') this.leave();
    }
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

  /** Opens the chosen source, giving up an earlier opening that still runs. */
  #apply(video: VideoChoice | undefined = videoChoice(this.#choice.get())): void {
    this.#applying?.abort();
    const applying = new AbortController();
    this.#applying = applying;
    if (!video) return;
    this.#pending = this.publisher
      .choose(video, applying.signal)
      .then(() => {
        if (video.kind === 'camera') this.#remembered.delete('camera');
        if (video.kind === 'file') this.#shownFile = video.file ?? null;
      })
      .catch((error: unknown) => {
        if (applying.signal.aborted) return;
        if (video.kind === 'camera' && this.#isGone('camera', video.cameraId ?? null)) {
          this.#choice.update((choice) => ({ ...choice, cameraId: null }));
          this.#apply();
          return this.#pending;
        }
        if (video.kind === 'file') this.#chooseWhatIsShown();
        if (!this.publisher.state.get().problem) this.#app.toasts.show(messageOf(error), { tone: 'bad' });
      })
      .finally(() => {
        if (this.#applying === applying) this.#applying = null;
      });
  }

  /** After a file that cannot be shown: what was shown before still is. */
  #chooseWhatIsShown(): void {
    const { picture, source } = this.publisher.state.get();
    if (picture !== 'on') return;
    const file = source === 'file' ? this.#shownFile : null;
    this.#choice.update((choice) => ({ ...choice, kind: source, file }));
    this.#app.changeSettings({ source });
  }

  async #applySound(): Promise<void> {
    const { sound, microphoneId } = this.#choice.get();
    try {
      await this.publisher.chooseSound(sound ? { id: microphoneId } : false);
      if (sound) this.#remembered.delete('microphone');
    } catch (error) {
      if (this.#isGone('microphone', microphoneId)) {
        this.#choice.update((choice) => ({ ...choice, microphoneId: null }));
        this.publisher.dismissProblem();
        return this.#applySound();
      }
      if (!this.publisher.state.get().problem) this.#app.toasts.show(messageOf(error), { tone: 'bad' });
    }
  }

  /**
   * Whether what just failed is a device from an earlier start that is not there any more: the usual one will do. (In a
   * browser ids change with the page's port.) True once, since a device that goes away later must not be replaced
   * without a word.
   */
  #isGone(device: 'camera' | 'microphone', id: string | null): boolean {
    const { problem } = this.publisher.state.get();
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
    await this.#app.bridge.call('screens.choose', { id });
    return true;
  }
}
