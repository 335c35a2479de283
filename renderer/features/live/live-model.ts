import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Publisher, SourceKind } from '../../media/shared/types.ts';
import { type LiveHost, opensByItself } from './live-choice.ts';
import { type Channel, LiveElsewhere, openChannel } from './live-elsewhere.ts';
import { forgetLive, type LiveRecord, readLive, rememberLive } from './live-record.ts';
import { LiveSources } from './live-sources.ts';

/** Going live as the window drives it: starting and stopping, and coming back after a reload. */
export class LiveModel {
  readonly publisher: Publisher;
  readonly sources: LiveSources;
  readonly #app: LiveHost;
  readonly #scope = new Scope();
  readonly #sinceMs = new Store<number | null>(null);
  readonly #interrupted = new Store<LiveRecord | null>(null);
  #starting: AbortController | null = null;
  readonly #isStarting = new Store(false);
  #booting = false;
  #stopping = false;
  readonly #elsewhere: LiveElsewhere;
  #toldLive = false;

  /** `channel`: tests put in one of their own. */
  constructor(app: LiveHost, channel: Channel = openChannel()) {
    this.#app = app;
    this.#elsewhere = new LiveElsewhere((name) => this.#takenOver(name), channel);
    this.publisher = app.media.publisher;
    this.sources = new LiveSources(app, () => this.leave());
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

  /** When the broadcast went live, in milliseconds since the epoch. */
  get sinceMs(): Readable<number | null> {
    return this.#sinceMs;
  }

  /** Whether it is going live: also while a source for it is still being opened. */
  get starting(): Readable<boolean> {
    return this.#isStarting;
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
      this.sources.prefer(kind);
      return;
    }
    // Who watches goes on watching: a ticket on the command line, or a reload while watching and being live.
    if (this.#app.screen.get().name !== 'watch') this.#app.go({ name: 'golive' });
    this.sources.prefer(kind);
    this.#app.attempt(this.#bootStart(kind, name), 'Going live did not work');
  }

  /** Brings back what a reload interrupted. */
  resume(): void {
    const record = this.#interrupted.get();
    if (!record) return;
    this.#interrupted.set(null);
    this.sources.prefer(record.source);
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
    if (state.audio === 'off') void this.sources.applySound();
    if (!state.preview && !this.sources.opening && opensByItself(this.sources.choice.get()))
      this.sources.apply();
  }

  /** Releases the devices when nothing is live. Whoever leaves while it is still starting has given up. */
  leave(): void {
    this.sources.answerPicker(null);
    if (this.publisher.state.get().phase === 'live' || this.#booting) return;
    this.sources.abort();
    const released = this.#starting ? this.publisher.stop() : this.publisher.release();
    if (this.#starting) this.#app.toasts.show('You did not go live.');
    this.#starting?.abort();
    this.#app.attempt(released, 'The devices could not be released');
  }

  start(name: string): void {
    this.#app.attempt(this.#start(name), 'Going live did not work');
  }

  /** Gives up while it is still starting. */
  cancelStart(): void {
    this.sources.answerPicker(null);
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
    this.#app.attempt(this.publisher.setVideoOff(off), 'The picture could not be switched');
  }

  async close(): Promise<void> {
    this.sources.abort();
    this.#starting?.abort();
    this.sources.answerPicker(null);
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
      const { kind } = this.sources.choice.get();
      const { source, preview } = this.publisher.state.get();
      const shown = source === 'screen' && preview !== null;
      if (kind === 'screen' && !shown && !(await Promise.race([this.sources.selectScreen(), givenUp])))
        return;
      await Promise.race([this.sources.settled, givenUp]);
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
      const screens = await this.#app.bridge.request('screens.list', null);
      const first = screens.find((screen) => screen.kind === 'screen') ?? screens[0];
      if (first) await this.#app.bridge.request('screens.choose', { id: first.id });
    }
    await this.sources.applySound();
    this.sources.apply(kind === 'screen' ? { kind } : undefined);
    await this.sources.settled;
  }
}
