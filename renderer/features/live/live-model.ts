import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Publisher } from '../../media/shared/publisher-types.ts';
import { BroadcastKeeper } from './broadcast-keeper.ts';
import { LiveBoot } from './live-boot.ts';
import { openWindowChannel, type WindowChannel } from './live-channel.ts';
import type { LiveServices } from './live-services.ts';
import { LiveWindows } from './live-windows.ts';
import { type FileKeeper, SavedFiles } from './saved-file.ts';
import { SourceChange } from './source-change.ts';
import { opensWithoutPicker } from './source-selection.ts';
import { SourceSelector } from './source-selector.ts';

/** Starts and stops the user's broadcast. */
export class LiveModel {
  readonly publisher: Publisher;
  readonly sources: SourceSelector;
  readonly windows: LiveWindows;
  /** Goes live without user action, and resumes a broadcast after a reload. */
  readonly boot: LiveBoot;
  readonly #services: LiveServices;
  readonly #keeper: BroadcastKeeper;
  readonly #scope = new Scope();
  readonly #sinceMs = new Store<number | null>(null);
  readonly #starting = new Store(false);
  readonly #soundOnly = new Store(false);
  #startAbort: AbortController | null = null;
  #stopping = false;

  /** Tests override `channel` and `files`. */
  constructor(
    services: LiveServices,
    channel: WindowChannel = openWindowChannel(),
    files: FileKeeper = new SavedFiles(),
  ) {
    this.#services = services;
    this.publisher = services.media.publisher;
    this.sources = new SourceSelector(services, () => this.leave());
    this.#keeper = new BroadcastKeeper(services, this.sources, files);
    this.#scope.own(() => this.#keeper.close());
    this.windows = new LiveWindows(services, channel, (name) => this.#stopForOther(name));
    this.#scope.own(() => this.windows.close());
    this.boot = new LiveBoot({
      services,
      sources: this.sources,
      keeper: this.#keeper,
      windows: this.windows,
      start: (name) => this.#start(name),
      releaseDevices: () => this.leave(),
    });
    this.#scope.own(
      this.publisher.state.subscribe(({ phase, video }) => {
        if (video !== 'off') this.#soundOnly.set(false);
        if (phase === 'live') this.#sinceMs.update((since) => since ?? Date.now());
        if (phase === 'idle') this.#sinceMs.set(null);
      }),
    );
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

  /** The name of the last broadcast, from the settings. */
  get lastName(): string {
    return this.#services.state.get().settings.broadcastName;
  }

  /** Opens the selected source and microphone for the preview, unless they are already open or opening. */
  openPreview(): void {
    const state = this.publisher.state.get();
    if (state.phase !== 'idle' || this.boot.running) return;
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
    if (this.publisher.state.get().phase === 'live' || this.boot.running) return;
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
    this.boot.dismiss();
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
   * Stops this broadcast when another window has gone live under the same name, because viewers then see the
   * other window's broadcast.
   */
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
}
