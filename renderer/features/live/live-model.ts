import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Publisher } from '../../media/shared/publisher-types.ts';
import type { SourceKind } from '../../media/shared/source-types.ts';
import { LiveChannel, openWindowChannel, type WindowChannel } from './live-channel.ts';
import type { LiveServices } from './live-services.ts';
import { clearSavedBroadcast, loadBroadcast, type SavedBroadcast, saveBroadcast } from './saved-broadcast.ts';
import { type FileKeeper, notKeptText, SavedFiles } from './saved-file.ts';
import { SourceChange } from './source-change.ts';
import { opensWithoutPicker } from './source-selection.ts';
import { SourceSelector } from './source-selector.ts';
import { WindowClaim } from './window-claim.ts';

/** Starts and stops the user's broadcast, and resumes it after a reload. */
export class LiveModel {
  readonly publisher: Publisher;
  readonly sources: SourceSelector;
  readonly #services: LiveServices;
  readonly #scope = new Scope();
  readonly #sinceMs = new Store<number | null>(null);
  readonly #interrupted = new Store<SavedBroadcast | null>(null);
  readonly #starting = new Store(false);
  readonly #soundOnly = new Store(false);
  #startAbort: AbortController | null = null;
  #booting = false;
  #stopping = false;
  readonly #channel: LiveChannel;
  readonly #claim = new WindowClaim();
  #announced = false;
  readonly #files: FileKeeper;
  /** The file that is stored so that a reload can resume the broadcast; null if none is stored. */
  #keptFile: File | null = null;

  /** Tests override `channel` and `files`. */
  constructor(
    services: LiveServices,
    channel: WindowChannel = openWindowChannel(),
    files: FileKeeper = new SavedFiles(),
  ) {
    this.#services = services;
    this.#files = files;
    this.#channel = new LiveChannel((name) => this.#handleOtherLive(name), channel);
    this.publisher = services.media.publisher;
    this.sources = new SourceSelector(services, () => this.leave());
    this.#scope.own(
      this.publisher.state.subscribe(({ phase, name, source, video }) => {
        if (video !== 'off') this.#soundOnly.set(false);
        if (phase === 'live') this.#sinceMs.update((since) => since ?? Date.now());
        if (phase === 'idle') this.#sinceMs.set(null);
        if (phase === 'live' && name !== null && !this.#stopping) {
          saveBroadcast({ name, source });
          this.#keepFile(name, source);
        }
        if (phase === 'live' && name !== null && !this.#announced) {
          this.#channel.announce(name);
          this.#claimBroadcast(name);
        }
        if (phase !== 'live') this.#claim.reset();
        this.#announced = phase === 'live';
      }),
    );
    this.#scope.own(
      this.sources.openedFile.subscribe(() => {
        const { phase, name, source } = this.publisher.state.get();
        if (phase === 'live' && name !== null) this.#keepFile(name, source);
      }),
    );
    this.#scope.own(services.state.subscribe(() => this.#checkClaim()));
    this.#scope.own(() => this.#channel.close());
  }

  /**
   * The time at which the broadcast went live, in milliseconds since the epoch; null while it is not live.
   */
  get sinceMs(): Readable<number | null> {
    return this.#sinceMs;
  }

  /** Whether the broadcast is starting, which includes opening its source. */
  get starting(): Readable<boolean> {
    return this.#starting;
  }

  /** Whether the user goes live with audio only, because no camera is usable. */
  get soundOnly(): Readable<boolean> {
    return this.#soundOnly;
  }

  /** A broadcast that a reload interrupted and that only the user can resume; null if there is none. */
  get interrupted(): Readable<SavedBroadcast | null> {
    return this.#interrupted;
  }

  /** The name of the last broadcast, from the settings. */
  get lastName(): string {
    return this.#services.state.get().settings.broadcastName;
  }

  /** Goes live without user action, for `--autostart` or to resume after a reload. */
  boot(): void {
    const { autostart: option } = this.#services.info;
    // `--autostart call` starts no broadcast.
    const autostart = option === 'call' ? null : option;
    const saved = loadBroadcast();
    const kind = autostart ?? saved?.source ?? null;
    void this.#files.removeStale(kind === 'file' ? (saved?.name ?? null) : null);
    if (!kind) return;
    const name = saved?.name ?? this.lastName;
    // On the Go Live screen, the user decides whether this window takes over the broadcast.
    if (this.isLiveElsewhere(name)) {
      if (this.#services.screen.get().name !== 'watch') this.#services.go({ name: 'golive' });
      return;
    }
    if (!autostart && kind === 'file') {
      this.#services.attempt(this.#bootFile(name), 'Could not go live');
      return;
    }
    if (!autostart && kind === 'screen') {
      this.#interrupt({ name, source: kind });
      return;
    }
    this.#bootKind(kind, name);
  }

  #bootKind(kind: SourceKind, name: string): void {
    // The Watch screen stays open if there is a ticket on the command line or the user was watching before
    // the reload.
    if (this.#services.screen.get().name !== 'watch') this.#services.go({ name: 'golive' });
    this.sources.preselect(kind);
    this.#services.attempt(this.#bootAndStart(kind, name), 'Could not go live');
  }

  /** Whether another window of the app is live under this name. */
  isLiveElsewhere(name: string): boolean {
    return this.#claim.isElsewhere(this.#services.state.get().broadcasts ?? [], name);
  }

  /**
   * Resumes the interrupted broadcast. Opens the Go Live screen, and also the picker if the source is a
   * screen.
   */
  resume(): void {
    const interrupted = this.#interrupted.get();
    if (!interrupted) return;
    this.#interrupted.set(null);
    this.sources.preselect(interrupted.source);
    this.#services.go({ name: 'golive' });
    if (interrupted.source === 'screen') this.start(interrupted.name);
  }

  /** Discards the interrupted broadcast. */
  dismissInterrupted(): void {
    this.#interrupted.set(null);
    clearSavedBroadcast();
    this.#releaseFile();
  }

  /** Opens the selected source and microphone for the preview, unless they are already open or opening. */
  openPreview(): void {
    const state = this.publisher.state.get();
    if (state.phase !== 'idle' || this.#booting) return;
    if (state.audio === 'off') void this.sources.openAudio();
    if (!state.preview && !this.sources.opening && opensWithoutPicker(this.sources.selection.get()))
      this.sources.openVideo();
  }

  /**
   * Releases the devices and cancels a pending start when the user leaves the Go Live screen. Has no effect
   * while live.
   */
  leave(): void {
    this.sources.answerPicker(null);
    if (this.publisher.state.get().phase === 'live' || this.#booting) return;
    this.#soundOnly.set(false);
    this.sources.cancelOpening();
    const released = this.#startAbort ? this.publisher.stop() : this.publisher.release();
    if (this.#startAbort) this.#services.toasts.show('Canceled. You are not live.');
    this.#startAbort?.abort();
    this.#services.attempt(released, 'Could not turn off the camera and microphone');
  }

  /** Starts a source change during the broadcast. The caller closes the returned object. */
  changeSource(): SourceChange {
    return new SourceChange(this.publisher, this.sources);
  }

  /** Goes live under `name` in the background. */
  start(name: string): void {
    this.#services.attempt(this.#start(name), 'Could not go live');
  }

  /** Cancels a pending start of the broadcast. */
  cancelStart(): void {
    this.sources.answerPicker(null);
    this.#startAbort?.abort();
  }

  /** Stops the broadcast in the background, and then shows `message`. */
  stop(message = 'You are no longer live.'): void {
    clearSavedBroadcast();
    this.#releaseFile();
    this.#interrupted.set(null);
    this.#soundOnly.set(false);
    this.#stopping = true;
    // Leave the Go Live screen, because it would reopen the camera for its preview. That would surprise a
    // user who has just stopped the broadcast.
    if (this.#services.screen.get().name === 'golive') this.#services.go({ name: 'home' });
    const stop = async (): Promise<void> => {
      try {
        await this.publisher.stop();
        this.#services.toasts.show(message);
      } finally {
        this.#stopping = false;
      }
    };
    this.#services.attempt(stop(), 'Could not stop the broadcast');
  }

  /** Mutes or unmutes the broadcast. */
  setMuted(muted: boolean): void {
    this.#services.attempt(
      this.publisher.setMuted(muted),
      muted ? 'Could not mute the microphone' : 'Could not turn on the microphone',
    );
  }

  /** Turns the broadcast's video off or on. */
  setVideoOff(off: boolean): void {
    this.#services.attempt(
      this.publisher.setVideoOff(off),
      off ? 'Could not turn off your video' : 'Could not turn on your video',
    );
  }

  /**
   * Dismisses a camera problem, and starts or continues the broadcast with audio only, without opening a
   * camera.
   */
  continueWithoutVideo(): void {
    this.publisher.dismissProblem();
    this.#soundOnly.set(true);
    this.setVideoOff(true);
  }

  /** Cancels pending work and detaches from the publisher. The caller closes the publisher. */
  async close(): Promise<void> {
    this.sources.cancelOpening();
    this.#startAbort?.abort();
    this.sources.answerPicker(null);
    await this.#scope.close();
  }

  /**
   * Stops this broadcast if another window has gone live under the same name, because viewers then see the
   * other window's broadcast.
   */
  #handleOtherLive(name: string): void {
    const { phase, name: own } = this.publisher.state.get();
    if (phase === 'live' && own === name) this.#stopForOther(name);
  }

  /**
   * Tells main that this window runs the broadcast, or stops the broadcast if another window has claimed it.
   */
  #checkClaim(): void {
    const { phase, name } = this.publisher.state.get();
    const { broadcasts } = this.#services.state.get();
    if (phase !== 'live' || name === null || !broadcasts) return;
    const next = this.#claim.next(broadcasts, name);
    if (next === 'claim') this.#claimBroadcast(name);
    else if (next === 'stop') this.#stopForOther(name);
  }

  #claimBroadcast(name: string): void {
    if (!this.#services.state.get().broadcasts) return;
    const claim = this.#services.bridge.request('live.claim', { window: this.#claim.windowId, name });
    this.#services.attempt(claim, 'Could not stop the broadcast in your other windows');
  }

  #stopForOther(name: string): void {
    if (this.#stopping) return;
    this.stop(`Another window went live as “${name}”, so this one has stopped.`);
  }

  async #start(name: string): Promise<void> {
    if (this.publisher.state.get().phase !== 'idle' || this.#startAbort) return;
    const abort = new AbortController();
    this.#startAbort = abort;
    this.#starting.set(true);
    // The system's permission prompts and pickers can stay open indefinitely, and the app cannot close them.
    // This promise ends the wait if the user cancels.
    const cancelled = new Promise<false>((resolve) => {
      abort.signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    try {
      const { kind } = this.sources.selection.get();
      const { source, preview } = this.publisher.state.get();
      const captured = source === 'screen' && preview !== null;
      if (kind === 'screen' && !captured && !(await Promise.race([this.sources.selectScreen(), cancelled])))
        return;
      await Promise.race([this.sources.settled, cancelled]);
      // Without this check, `goLive` would reopen the source after a cancellation.
      if (abort.signal.aborted) return;
      await this.publisher.goLive(name, abort.signal);
      this.#services.changeSettings({ broadcastName: name });
    } catch (error) {
      // A cancellation is not a failure, and device problems have their own notice.
      if (!abort.signal.aborted && !this.publisher.state.get().problem) throw error;
    } finally {
      this.#startAbort = null;
      this.#starting.set(false);
    }
  }

  /** Shows that the user has to choose the screen or file again. */
  #interrupt(broadcast: SavedBroadcast): void {
    this.#interrupted.set(broadcast);
    this.sources.preselect(broadcast.source);
  }

  async #bootFile(name: string): Promise<void> {
    const file = await this.#files.load(name);
    if (!file) {
      this.#interrupt({ name, source: 'file' });
      return;
    }
    this.#keptFile = file;
    this.sources.preselect('file', file);
    this.#bootKind('file', name);
  }

  /** Stores the broadcast's file for a reload, or removes the stored file if the source is not a file. */
  #keepFile(name: string, source: SourceKind): void {
    const file = source === 'file' ? this.sources.openedFile.get() : null;
    if (file === this.#keptFile) return;
    if (!file) {
      this.#releaseFile();
      return;
    }
    this.#keptFile = file;
    this.#files.keep(name, file).catch((error: unknown) => {
      if (this.#keptFile === file) this.#services.toasts.show(notKeptText(error));
    });
  }

  #releaseFile(): void {
    this.#keptFile = null;
    void this.#files.clear();
  }

  async #bootAndStart(kind: SourceKind, name: string): Promise<void> {
    this.#booting = true;
    try {
      await this.#bootSources(kind);
      await this.#start(name);
      this.#reportAutostart();
    } finally {
      this.#booting = false;
      // If the start fails after the user has left the screen, the devices must not stay on.
      if (this.#services.screen.get().name !== 'golive') this.leave();
    }
  }

  /**
   * Reports a device problem that keeps `--autostart` from going live, so that scripts see it. `attempt`
   * reports all other failures.
   */
  #reportAutostart(): void {
    const { phase, problem } = this.publisher.state.get();
    if (this.#services.info.autostart === null || phase === 'live' || !problem) return;
    const message = `Could not go live. ${problem.message}`;
    this.#services.attempt(this.#services.bridge.request('app.fault', { message }), 'Could not go live');
  }

  async #bootSources(kind: SourceKind): Promise<void> {
    await this.sources.openAudio();
    if (kind !== 'screen') this.sources.openVideo();
    // Otherwise nothing is captured yet, and `#start` opens the picker.
    else if (!this.#services.info.ownScreenPicker || (await this.#chooseOnlyScreen()))
      this.sources.openVideo({ kind });
    await this.sources.settled;
  }

  /**
   * Selects the screen for `--autostart screen` if there is exactly one, because the option cannot name one
   * of several. Resolves to whether a screen was selected.
   */
  async #chooseOnlyScreen(): Promise<boolean> {
    const sources = await this.#services.bridge.request('screens.list', null);
    const [screen, ...others] = sources.filter(({ kind }) => kind === 'screen');
    if (!screen || others.length > 0) return false;
    await this.#services.bridge.request('screens.choose', { id: screen.id });
    return true;
  }
}
