import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { AppInfo, AppState, Bridge, Recent, Settings } from '../../common/bridge/bridge.ts';
import type { OwnWindowApi } from '../../common/bridge/preload-api.ts';
import type { CallParts } from '../features/call/call-context.ts';
import { CallModel } from '../features/call/call-model.ts';
import { CompactWindow } from '../features/call/compact-window.ts';
import { ConnectionHistory } from '../features/connection/connection-history.ts';
import { RecentsModel } from '../features/home/recents-model.ts';
import type { LiveParts } from '../features/live/live-context.ts';
import { LiveModel } from '../features/live/live-model.ts';
import { SettingsSaver } from '../features/settings/settings-saver.ts';
import type { AppServices, Screen } from '../features/shared/context.ts';
import { Toasts } from '../features/shared/toasts.ts';
import { isCallTicket } from '../features/ticket/ticket-input.ts';
import { maxLinesOf } from '../media/publish/ladder.ts';
import type { Media } from '../media/shared/types.ts';
import { callerLimits, publisherLimits } from './publisher-limits.ts';
import { CalmState } from './throttled-state.ts';

/** Where a reload of the window finds the screen it was on. */
const SCREEN_KEY = 'iroh-live.screen';

/**
 * What the views read and call. It follows main's state, holds what belongs to the window alone (the screen, toasts)
 * and turns every failed call into words; views never touch the bridge.
 */
export class AppModel implements AppServices, LiveParts, CallParts {
  readonly info: AppInfo;
  /** The most lines that are watched, as the command line says; null is no limit. */
  readonly maxLines: number | null;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts = new Toasts();
  readonly live: LiveModel;
  readonly calls: CallModel;
  readonly connections: ConnectionHistory;
  readonly compactWindow: CompactWindow;
  readonly recents: RecentsModel;
  readonly #calm: CalmState;
  readonly #screen = new Store<Screen>({ name: 'home' });
  readonly #dismissed = new Store<ReadonlySet<string>>(new Set());
  readonly #latencyOverride: Store<number | null>;
  readonly #saver: SettingsSaver;
  readonly #scope = new Scope();

  constructor(
    bridge: Bridge,
    media: Media,
    info: AppInfo,
    state: AppState,
    ownWindow: OwnWindowApi | null = null,
  ) {
    this.bridge = bridge;
    this.media = media;
    this.info = info;
    this.maxLines = info.maxResolution && maxLinesOf(info.maxResolution);
    this.#calm = new CalmState(state);
    this.#latencyOverride = new Store(info.latencyMs);
    this.#saver = new SettingsSaver(
      (patch) => bridge.request('settings.change', patch),
      (error) => {
        const what = `The setting was not saved: ${messageOf(error)}`;
        this.toasts.show(what, { tone: 'bad' });
        // What main still holds is what is true.
        this.attempt(this.#refresh(), 'The app’s state could not be read');
      },
    );
    this.recents = new RecentsModel(bridge, this.toasts, (work, what) => this.attempt(work, what));
    this.live = new LiveModel(this);
    this.calls = new CallModel(this);
    this.connections = new ConnectionHistory(() => this.state.get().connections);
    this.compactWindow = new CompactWindow(ownWindow);
    this.#followProcessing();
    this.#followLimits();
    this.#scope.own(bridge.listen('app.state', (next) => this.#take(next)));
    this.#scope.own(bridge.listen('ticket.open', ({ ticket }) => this.openTicket(ticket)));
    this.#scope.own(
      bridge.connected.subscribe((connected) => {
        // Events were missed while the bridge was down.
        if (connected) this.attempt(this.#refresh(), 'The app’s state could not be read');
      }),
    );
    const flush = (): void => {
      this.recents.flush();
      this.#saver.flush();
    };
    addEventListener('pagehide', flush);
    this.#scope.own(() => removeEventListener('pagehide', flush));
    this.#scope.own(flush);
    this.#scope.own(() => this.toasts.close());
    this.#scope.own(() => this.live.close());
    this.#scope.own(() => this.calls.close());
    this.#scope.own(() => this.connections.close());
    this.#scope.own(() => this.#calm.close());
    this.#scope.own(() => this.compactWindow.leave());
    this.#restoreScreen();
  }

  /** Reads what main knows and builds the model. Rejects when the bridge cannot be used. */
  static async open(bridge: Bridge, media: Media, ownWindow: OwnWindowApi | null = null): Promise<AppModel> {
    const [info, state] = await Promise.all([
      bridge.request('app.info', null),
      bridge.request('app.state', null),
    ]);
    return new AppModel(bridge, media, info, state, ownWindow);
  }

  get state(): Readable<AppState> {
    return this.#calm.shown;
  }

  get connected(): Readable<boolean> {
    return this.bridge.connected;
  }

  get screen(): Readable<Screen> {
    return this.#screen;
  }

  get dismissedNotices(): Readable<ReadonlySet<string>> {
    return this.#dismissed;
  }

  /** What the command line says in place of the setting, in milliseconds, until the person sets another. */
  get latencyOverride(): Readable<number | null> {
    return this.#latencyOverride;
  }

  go(screen: Screen): void {
    this.#screen.set(screen);
    try {
      sessionStorage.setItem(SCREEN_KEY, JSON.stringify(screen));
    } catch (error) {
      // Storage may be off; the screen is then not found again after a reload, which harms nothing else.
      this.reportFault(`The screen is not remembered: ${messageOf(error)}`);
    }
  }

  /** Goes on with what was open before, or what the app was started for. */
  boot(): void {
    this.live.boot();
    this.calls.boot();
  }

  /** Does what a ticket in its normal form is for: calls, or watches. */
  openTicket(ticket: string): void {
    if (isCallTicket(ticket)) this.calls.dial(ticket);
    else this.watch(ticket);
  }

  /** Opens the Watch screen. `ticket` is in its normal form. */
  watch(ticket: string): void {
    const now = this.#screen.get();
    if (now.name === 'watch' && now.ticket === ticket) return;
    this.markWatched(ticket);
    this.go({ name: 'watch', ticket });
  }

  markWatched(ticket: string): void {
    this.recents.markWatched(ticket);
  }

  /** Shown at once; put back when main refuses. */
  changeSettings(patch: Partial<Settings>): void {
    if (patch.latency !== undefined) this.#latencyOverride.set(null);
    this.#saver.change(patch);
    this.#take(this.state.get());
  }

  retryPull(ticket: string): void {
    this.attempt(this.bridge.request('pull.retry', { ticket }), 'Trying again did not work');
  }

  dismissNotice(notice: string): void {
    this.#dismissed.update((set) => new Set([...set, notice]));
  }

  /** Lets work run by itself: a failure becomes a toast that begins with `what`, and is told to scripts. */
  attempt(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => {
      if (this.#scope.closed) return;
      this.toasts.show(`${what}: ${messageOf(error)}`, { tone: 'bad' });
      this.reportFault(`${what}: ${messageOf(error)}`);
    });
  }

  /** Tells scripts of a fault. With the bridge down there is nobody to tell, and the views show that already. */
  reportFault(message: string): void {
    if (!this.connected.get()) return;
    this.bridge.request('app.fault', { message: message.slice(0, 2000) }).catch((error: unknown) => {
      this.toasts.show(messageOf(error), { tone: 'bad' });
    });
  }

  /** The name a person knows a ticket by. */
  labelOf(ticket: string): string {
    const recent = this.state.get().recents.find((entry: Recent) => entry.ticket === ticket);
    return recent?.label || ticket.slice(ticket.indexOf('/') + 1);
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }

  async #refresh(): Promise<void> {
    this.#take(await this.bridge.request('app.state', null));
  }

  /** Main's state, with the person's own changes that it does not know yet. */
  #take(state: AppState): void {
    this.#calm.take({ ...state, settings: this.#saver.applyTo(state.settings) });
  }

  /** Microphones follow the settings, also while they are open. */
  #followProcessing(): void {
    const apply = ({ settings }: AppState): void => {
      const { echoCancellation, noiseSuppression, autoGain } = settings;
      for (const publisher of [this.media.publisher, this.media.callPublisher]) {
        publisher.setAudioProcessing({ echoCancellation, noiseSuppression, autoGain });
      }
    };
    apply(this.state.get());
    this.#scope.own(this.state.subscribe(apply));
  }

  /** What may be sent follows the settings, those who watch, and whether there is a call as well. */
  #followLimits(): void {
    const { publisher, callPublisher: caller } = this.media;
    const apply = (state: AppState): void => {
      publisher.setLimits(publisherLimits(this.info, state, publisher.state.get().name));
      caller.setLimits(callerLimits(this.info, state));
    };
    apply(this.state.get());
    this.#scope.own(this.state.subscribe(apply));
  }

  #restoreScreen(): void {
    const kept = readScreen();
    if (kept) this.#screen.set(kept);
  }
}

function readScreen(): Screen | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(SCREEN_KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null || !('name' in kept)) return null;
    if (kept.name === 'golive' || kept.name === 'call') return { name: kept.name };
    if (kept.name === 'watch' && 'ticket' in kept && typeof kept.ticket === 'string') {
      return { name: 'watch', ticket: kept.ticket };
    }
    return null;
  } catch {
    // Unreadable or forbidden storage is the same as none: the window opens at home.
    return null;
  }
}
