import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type {
  AppInfo,
  AppState,
  Bridge,
  Recent,
  Settings,
  TicketRequest,
} from '../../common/bridge/bridge.ts';
import type { OwnWindowApi } from '../../common/bridge/preload-api.ts';
import { sanitizeName } from '../../common/words/display-name.ts';
import type { CallParts } from '../features/call/call-context.ts';
import { CallModel } from '../features/call/call-model.ts';
import { CompactWindow } from '../features/call/compact-window.ts';
import { ConnectionHistory } from '../features/connection/connection-history.ts';
import { RecentsModel } from '../features/home/recents-model.ts';
import type { LiveParts } from '../features/live/live-context.ts';
import { LiveModel } from '../features/live/live-model.ts';
import { SettingsSaver } from '../features/settings/settings-saver.ts';
import type { AppServices, Screen } from '../features/shared/context.ts';
import { Toasts, type ToastTopic } from '../features/shared/toasts.ts';
import { isCallTicket } from '../features/ticket/ticket-input.ts';
import { maxLinesOf } from '../media/publish/ladder.ts';
import type { Media } from '../media/shared/media.ts';
import { callPublisherLimits, publisherLimits } from './publisher-limits.ts';
import { loadScreen, saveScreen } from './saved-screen.ts';
import { ScreenHistory } from './screen-history.ts';

/**
 * The window's model: main's state, the window's own state (screen and toasts), and the feature models. Shows
 * a toast for every failed request.
 */
export class AppModel implements AppServices, LiveParts, CallParts {
  readonly info: AppInfo;
  readonly maxLines: number | null;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts = new Toasts();
  readonly live: LiveModel;
  readonly calls: CallModel;
  readonly connections: ConnectionHistory;
  readonly compactWindow: CompactWindow;
  readonly recents: RecentsModel;
  readonly #state: Store<AppState>;
  readonly #screen = new Store<Screen>(loadScreen() ?? { name: 'home' });
  readonly #history: ScreenHistory;
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
    this.#state = new Store(state);
    this.#latencyOverride = new Store(info.latencyMs);
    this.#saver = new SettingsSaver(
      (patch) => bridge.request('settings.change', patch),
      (error) => {
        const what = `Could not save the setting: ${messageOf(error)}`;
        this.toasts.show(what, { tone: 'bad' });
        // Main rejected the change, so show main's settings again.
        this.attempt(this.#refresh(), 'Could not load the current state of the app');
      },
    );
    this.recents = new RecentsModel(bridge, this.toasts, (work, what) => this.attempt(work, what));
    this.live = new LiveModel(this);
    this.calls = new CallModel(this);
    this.connections = new ConnectionHistory(() => this.state.get().connections);
    this.compactWindow = new CompactWindow(ownWindow);
    this.#applyAudioProcessing();
    this.#applyLimits();
    this.#scope.own(bridge.listen('app.state', (next) => this.#apply(next)));
    this.#scope.own(
      bridge.connected.subscribe((connected) => {
        // Events from main might have been lost while the bridge was down, so reload main's state.
        if (connected) this.attempt(this.#refresh(), 'Could not load the current state of the app');
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
    this.#scope.own(() => this.compactWindow.leave());
    this.#history = new ScreenHistory(this.#screen.get(), (screen) => this.#show(screen));
    this.#scope.own(() => this.#history.close());
  }

  /**
   * Reads main's state and creates the model.
   *
   * @throws Error if main does not respond
   */
  static async open(bridge: Bridge, media: Media, ownWindow: OwnWindowApi | null = null): Promise<AppModel> {
    const [info, state] = await Promise.all([
      bridge.request('app.info', null),
      bridge.request('app.state', null),
    ]);
    return new AppModel(bridge, media, info, state, ownWindow);
  }

  get state(): Readable<AppState> {
    return this.#state;
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

  get latencyOverride(): Readable<number | null> {
    return this.#latencyOverride;
  }

  go(screen: Screen): void {
    if (!isSameScreen(screen, this.#screen.get())) this.#history.add(screen);
    this.#show(screen);
  }
  /** Resumes a broadcast or call after a reload, or starts whatever `--autostart` requests. */
  boot(): void {
    this.live.boot.run();
    this.calls.boot();
  }

  openTicket(ticket: string): void {
    if (isCallTicket(ticket)) this.calls.dial(ticket);
    else this.watch(ticket);
  }

  requestTicket(ticket: string): void {
    this.attempt(this.bridge.request('ticket.request', { ticket }), 'Could not open the ticket');
  }

  /**
   * Opens a ticket from outside the window. Call this only after the user has confirmed it. If main could not
   * open the ticket, resolves to false, shows a toast and leaves the ticket pending.
   */
  async confirmTicket({ id, ticket }: TicketRequest): Promise<boolean> {
    const confirm = (): Promise<null> => this.bridge.request('ticket.confirm', { id });
    if (isCallTicket(ticket)) return this.calls.dialBy(confirm);
    const opening = confirm().then(() => this.watch(ticket));
    this.attempt(opening, 'Could not open the ticket');
    return opening.then(
      () => true,
      () => false,
    );
  }

  /** Discards a ticket from outside the window. */
  discardTicket({ id }: TicketRequest): void {
    this.attempt(this.bridge.request('ticket.discard', { id }), 'Could not discard the ticket');
  }

  watch(ticket: string): void {
    const screen: Screen = { name: 'watch', ticket };
    if (!isSameScreen(screen, this.#screen.get())) this.go(screen);
  }

  markWatched(ticket: string): void {
    this.recents.markWatched(ticket);
  }

  changeSettings(patch: Partial<Settings>): void {
    if (patch.latency !== undefined) this.#latencyOverride.set(null);
    this.#saver.change(patch);
    this.#apply(this.state.get());
  }

  retryPull(ticket: string): void {
    this.attempt(this.bridge.request('pull.retry', { ticket }), 'Could not try again');
  }

  dismissNotice(notice: string): void {
    this.#dismissed.update((set) => new Set([...set, notice]));
  }

  attempt(work: Promise<unknown>, what: string, topic?: ToastTopic): void {
    work.catch((error: unknown) => {
      if (this.#scope.closed) return;
      this.toasts.show(`${what}: ${messageOf(error)}`, { tone: 'bad', ...(topic ? { topic } : {}) });
      this.reportFault(`${what}: ${messageOf(error)}`);
    });
  }

  reportFault(message: string): void {
    // A lost bridge has its own notice, so it needs no toast.
    if (!this.connected.get()) return;
    this.bridge.request('app.fault', { message: message.slice(0, 2000) }).catch((error: unknown) => {
      this.toasts.show(messageOf(error), { tone: 'bad' });
    });
  }

  labelOf(ticket: string): string {
    const recent = this.state.get().recents.find((entry: Recent) => entry.ticket === ticket);
    return sanitizeName(recent?.label || ticket.slice(ticket.indexOf('/') + 1));
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }

  #show(screen: Screen): void {
    this.#screen.set(screen);
    try {
      saveScreen(screen);
    } catch (error) {
      // If the screen is not stored, a reload opens the Home screen.
      this.reportFault(
        `Could not save the current screen. After a reload, Home will open instead: ${messageOf(error)}`,
      );
    }
  }

  async #refresh(): Promise<void> {
    this.#apply(await this.bridge.request('app.state', null));
  }

  /** Shows main's state, with any unsaved settings changes applied. */
  #apply(state: AppState): void {
    this.#state.set({ ...state, settings: this.#saver.applyTo(state.settings) });
  }

  /** Applies the audio processing settings to all microphones, including those already open. */
  #applyAudioProcessing(): void {
    const apply = ({ settings }: AppState): void => {
      const { echoCancellation, noiseSuppression, autoGain } = settings;
      for (const publisher of [this.media.publisher, this.media.callPublisher]) {
        publisher.setAudioProcessing({ echoCancellation, noiseSuppression, autoGain });
      }
    };
    apply(this.state.get());
    this.#scope.own(this.state.subscribe(apply));
  }

  /** Applies the upload limits, which depend on the settings, the viewers, and whether there is a call. */
  #applyLimits(): void {
    const { publisher, callPublisher } = this.media;
    const apply = (state: AppState): void => {
      publisher.setLimits(publisherLimits(this.info, state, publisher.state.get().name));
      callPublisher.setLimits(callPublisherLimits(this.info, state));
    };
    apply(this.state.get());
    this.#scope.own(this.state.subscribe(apply));
  }
}

function isSameScreen(a: Screen, b: Screen): boolean {
  return a.name === b.name && (a.name !== 'watch' || b.name !== 'watch' || a.ticket === b.ticket);
}
