import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { CallState } from '../../../common/bridge/bridge.ts';
import type { CallHost } from './call-host.ts';
import type { CallOwnership } from './call-ownership.ts';
import { CallSender, type SendPreferences } from './call-sender.ts';
import { preferencesFrom } from './call-view.ts';

/**
 * How long the window waits for the bridge to reconnect before it ends the call and releases the camera and
 * microphone, in ms.
 */
const RELEASE_AFTER_MS = 60_000;

/** Options for `CallMedia`: the window's model, its claim to the call, and main's last state. */
interface CallMediaOptions {
  app: CallHost;
  ownership: CallOwnership;
  /** Returns a call's state from main's last update; undefined if there is no such call. */
  stateOf: (id: string) => CallState['state'] | undefined;
}

/** Decides for which call this window sends its camera and microphone, and with which preferences. */
export class CallMedia {
  readonly sender: CallSender;
  readonly #ownership: CallOwnership;
  readonly #scope = new Scope();
  readonly #released = new Store(false);
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** The id of the call in which this window sends media; null while it sends none. */
  #sendingIn: string | null = null;
  /** Whether the user accepted the current call in this window. */
  #acceptedHere = false;
  /** The call that this window accepted last, and what to send once that call is active. */
  #accepted: { id: string; preferences: SendPreferences } | null = null;

  constructor({ app, ownership, stateOf }: CallMediaOptions) {
    this.#ownership = ownership;
    this.sender = new CallSender(app.media.callPublisher, {
      settings: () => app.state.get().settings,
      unattended: () => app.info.autostart === 'call' && !this.#acceptedHere,
      pickScreen: () => app.live.sources.pickScreen(),
      attempt: (work, what) => app.attempt(work, what, 'call'),
      sendStatus: (id, status) => {
        app.bridge.request('call.status', { id, ...status }).catch((error: unknown) => {
          // The failure no longer matters if the call has ended in the meantime.
          if (stateOf(id) === 'active')
            app.reportFault(`Could not send the call’s status: ${messageOf(error)}`);
        });
      },
    });
    this.#scope.own(app.bridge.connected.subscribe((connected) => this.#onConnected(connected)));
    this.#scope.own(app.bridge.loss.subscribe((loss) => loss === 'restarted' && this.#release()));
    this.#scope.own(() => clearTimeout(this.#releaseTimer));
    this.#scope.own(() => this.sender.close());
  }

  /** Whether the camera and microphone were released because main is unreachable. */
  get released(): Readable<boolean> {
    return this.#released;
  }

  /** Records that the user accepted a call in this window. The preferences apply once that call is active. */
  recordAccepted(id: string, preferences: SendPreferences): void {
    this.#accepted = { id, preferences };
  }

  /**
   * Sends media in the ongoing call if this window owns the call, and stops sending otherwise.
   *
   * @param owner the id of the window that owns the call; null if no window does
   */
  update(ongoing: CallState | undefined, owner: string | null): void {
    const isOwner = this.#ownership.update(ongoing !== undefined, owner);
    const here = isOwner && ongoing ? ongoing : null;
    if (here && here.id !== this.#sendingIn) {
      this.#acceptedHere = here.id === this.#accepted?.id;
      const preferences =
        this.#acceptedHere && this.#accepted ? this.#accepted.preferences : preferencesFrom(here);
      if (preferences) this.sender.setPreferences(preferences);
      this.#accepted = null;
    }
    this.#sendingIn = here?.id ?? null;
    this.sender.setCall(this.#sendingIn);
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }

  #onConnected(connected: boolean): void {
    clearTimeout(this.#releaseTimer);
    if (!connected) {
      this.#releaseTimer = setTimeout(() => this.#release(), RELEASE_AFTER_MS);
      return;
    }
    this.#released.set(false);
    // Main dropped this window's claim to the call when the bridge was lost.
    if (this.#sendingIn !== null) this.#ownership.claim(false);
  }

  #release(): void {
    this.#released.set(true);
    this.#sendingIn = null;
    this.sender.setCall(null);
  }
}
