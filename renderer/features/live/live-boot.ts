import { type Readable, Store } from '../../../common/base/store.ts';
import type { SourceKind } from '../../media/shared/source-types.ts';
import type { BroadcastKeeper } from './broadcast-keeper.ts';
import type { LiveServices } from './live-services.ts';
import type { LiveWindows } from './live-windows.ts';
import type { SavedBroadcast } from './saved-broadcast.ts';
import type { SourceSelector } from './source-selector.ts';

/** The parts of the live model that `LiveBoot` uses. */
export interface LiveBootParts {
  readonly services: LiveServices;
  readonly sources: SourceSelector;
  readonly keeper: BroadcastKeeper;
  readonly windows: Pick<LiveWindows, 'isElsewhere'>;
  /** Goes live under `name`. */
  readonly start: (name: string) => Promise<void>;
  /** Releases the devices. */
  readonly releaseDevices: () => void;
}

/**
 * Goes live without user action, for `--autostart` or after a reload of the window. If a reload interrupted a
 * broadcast of a screen, or of a file that is no longer stored, the user decides whether to resume it.
 */
export class LiveBoot {
  readonly #parts: LiveBootParts;
  readonly #interrupted = new Store<SavedBroadcast | null>(null);
  #running = false;

  constructor(parts: LiveBootParts) {
    this.#parts = parts;
  }

  /** Whether the broadcast is starting without user action. The devices then stay open on every screen. */
  get running(): boolean {
    return this.#running;
  }

  /** A broadcast that a reload interrupted and that only the user can resume; null if there is none. */
  get interrupted(): Readable<SavedBroadcast | null> {
    return this.#interrupted;
  }

  /** Goes live if `--autostart` is set or a reload interrupted a broadcast. Must be called once. */
  run(): void {
    const { services, keeper, windows } = this.#parts;
    const { autostart: option } = services.info;
    // `--autostart call` starts no broadcast.
    const autostart = option === 'call' ? null : option;
    const saved = keeper.load();
    const kind = autostart ?? saved?.source ?? null;
    keeper.removeStaleFiles(kind === 'file' ? (saved?.name ?? null) : null);
    if (!kind) return;
    const name = saved?.name ?? services.state.get().settings.broadcastName;
    // On the Go Live screen, the user decides whether this window takes over the broadcast.
    if (windows.isElsewhere(name)) {
      this.#showGoLive();
      return;
    }
    if (!autostart && kind === 'file') services.attempt(this.#startFile(name), 'Could not go live');
    else if (!autostart && kind === 'screen') this.#interrupt({ name, source: kind });
    else this.#startKind(kind, name);
  }

  /**
   * Resumes the interrupted broadcast. Opens the Go Live screen, and also the picker if the source is a
   * screen.
   */
  resume(): void {
    const { services, sources, start } = this.#parts;
    const interrupted = this.#interrupted.get();
    if (!interrupted) return;
    this.#interrupted.set(null);
    sources.preselect(interrupted.source);
    services.go({ name: 'golive' });
    if (interrupted.source === 'screen') services.attempt(start(interrupted.name), 'Could not go live');
  }

  /** Discards the interrupted or running broadcast, so that a reload does not resume it. */
  dismiss(): void {
    this.#interrupted.set(null);
    this.#parts.keeper.discard();
  }

  /** Shows that the user has to choose the screen or file again. */
  #interrupt(broadcast: SavedBroadcast): void {
    this.#interrupted.set(broadcast);
    this.#parts.sources.preselect(broadcast.source);
  }

  async #startFile(name: string): Promise<void> {
    const file = await this.#parts.keeper.loadFile(name);
    if (!file) {
      this.#interrupt({ name, source: 'file' });
      return;
    }
    this.#parts.sources.preselect('file', file);
    this.#startKind('file', name);
  }

  #startKind(kind: SourceKind, name: string): void {
    this.#showGoLive();
    this.#parts.sources.preselect(kind);
    this.#parts.services.attempt(this.#start(kind, name), 'Could not go live');
  }

  /**
   * Opens the Go Live screen. The Watch screen stays open if there is a ticket on the command line or the user
   * was watching before the reload.
   */
  #showGoLive(): void {
    const { services } = this.#parts;
    if (services.screen.get().name !== 'watch') services.go({ name: 'golive' });
  }

  async #start(kind: SourceKind, name: string): Promise<void> {
    const { services, start, releaseDevices } = this.#parts;
    this.#running = true;
    try {
      await this.#openSources(kind);
      await start(name);
      this.#reportAutostart();
    } finally {
      this.#running = false;
      // If the start fails after the user has left the screen, the devices must not stay on.
      if (services.screen.get().name !== 'golive') releaseDevices();
    }
  }

  async #openSources(kind: SourceKind): Promise<void> {
    const { services, sources } = this.#parts;
    await sources.openAudio();
    if (kind !== 'screen') sources.openVideo();
    // If no screen is selected, nothing is captured yet, and `start` opens the picker.
    else if (!services.info.ownScreenPicker || (await this.#chooseOnlyScreen())) sources.openVideo({ kind });
    await sources.settled;
  }

  /**
   * Selects the screen for `--autostart screen` if there is exactly one, because the option cannot name one
   * of several. Resolves to whether a screen was selected.
   */
  async #chooseOnlyScreen(): Promise<boolean> {
    const { bridge } = this.#parts.services;
    const sources = await bridge.request('screens.list', null);
    const [screen, ...others] = sources.filter(({ kind }) => kind === 'screen');
    if (!screen || others.length > 0) return false;
    await bridge.request('screens.choose', { id: screen.id });
    return true;
  }

  /**
   * Reports a device problem that keeps `--autostart` from going live, so that scripts see it. `attempt`
   * reports all other failures.
   */
  #reportAutostart(): void {
    const { services } = this.#parts;
    const { phase, problem } = services.media.publisher.state.get();
    if (services.info.autostart === null || phase === 'live' || !problem) return;
    const message = `Could not go live. ${problem.message}`;
    services.attempt(services.bridge.request('app.fault', { message }), 'Could not go live');
  }
}
