import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type {
  AppInfo,
  AppState,
  Bridge,
  CallRecord,
  CallState,
  Contact,
  InterruptedCall,
  Settings,
} from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import type { Media } from '../../media/shared/types.ts';
import type { Toasts, ToastTopic } from '../shared/toasts.ts';
import { BroadcastMute, type MutableBroadcast } from './broadcast-mute.ts';
import { CallSender, SEND_ALL, type SendPreferences } from './call-sender.ts';
import {
  type CallScene,
  callScene,
  hasEndScreen,
  isOngoing,
  preferencesFrom,
  ringtoneFor,
  ticketFor,
} from './call-view.ts';
import { callTexts } from './call-words.ts';

/** The parts of the window's model that the call model uses. */
export interface CallHost {
  readonly info: AppInfo;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts: Toasts;
  readonly state: Readable<AppState>;
  readonly screen: Readable<{ readonly name: string }>;
  readonly live: MutableBroadcast & { readonly sources: { pickScreen(): Promise<boolean> } };
  go(screen: { readonly name: 'call' | 'home' }): void;
  changeSettings(patch: Partial<Settings>): void;
  attempt(work: Promise<unknown>, what: string, topic?: ToastTopic): void;
  reportFault(message: string): void;
}

/**
 * How long the bridge may stay down before the window ends the call and releases the camera and microphone,
 * in ms.
 */
const RELEASE_AFTER_MS = 60_000;

/**
 * The window's side of calls. Applies call states from main, plays the ringtone, and sends camera and
 * microphone.
 */
export class CallModel {
  readonly sender: CallSender;
  readonly broadcastMute: BroadcastMute;
  readonly #app: CallHost;
  readonly #scope = new Scope();
  readonly #scene: Store<CallScene>;
  readonly #dialing = new Store(false);
  /** Identifies this window to main. Only one window at a time owns the call. */
  readonly #windowId = crypto.randomUUID();
  readonly #inOtherWindow = new Store(false);
  #claiming = false;
  /** Whether the user accepted the current call in this window. */
  #acceptedHere = false;
  readonly #released = new Store(false);
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** The id of the call in which this window sends media; null while it sends none. */
  #sendingIn: string | null = null;
  /** The state of each call in main's last update. */
  #lastStates = new Map<string, CallState['state']>();
  /** Calls that the user declined in this window. No toast is shown when they end. */
  readonly #declined = new Set<string>();
  /** The waiting calls in main's last update. */
  #lastWaiting: readonly CallState[];
  /** The call that this window accepted last, and what to send once that call is active. */
  #accepted: { id: string; preferences: SendPreferences } | null = null;

  constructor(app: CallHost) {
    this.#app = app;
    this.#scene = new Store(callScene(app.state.get().calls));
    this.#lastWaiting = app.state.get().waitingCalls;
    this.sender = new CallSender(app.media.callPublisher, {
      settings: () => app.state.get().settings,
      unattended: () => app.info.autostart === 'call' && !this.#acceptedHere,
      pickScreen: () => app.live.sources.pickScreen(),
      attempt: (work, what) => app.attempt(work, what, 'call'),
      sendStatus: (id, status) => {
        app.bridge.request('call.status', { id, ...status }).catch((error: unknown) => {
          // If the call has ended in the meantime, the failure no longer matters.
          if (this.#lastStates.get(id) === 'active')
            app.reportFault(`The call’s status could not be sent: ${messageOf(error)}`);
        });
      },
    });
    this.broadcastMute = new BroadcastMute(app.live);
    this.#scope.own(() => this.broadcastMute.close());
    this.#scope.own(app.state.subscribe((state) => this.#apply(state)));
    this.#scope.own(app.bridge.connected.subscribe((connected) => this.#onConnected(connected)));
    this.#scope.own(app.bridge.loss.subscribe((loss) => loss === 'restarted' && this.#release()));
    this.#scope.own(() => clearTimeout(this.#releaseTimer));
    this.#scope.own(() => app.media.ringer.ring(null));
    this.#scope.own(() => this.sender.close());
  }

  get scene(): Readable<CallScene> {
    return this.#scene;
  }

  /** Whether a dial request is pending. */
  get dialing(): Readable<boolean> {
    return this.#dialing;
  }

  /** Whether another window owns the current call. */
  get inOtherWindow(): Readable<boolean> {
    return this.#inOtherWindow;
  }

  /** Whether the camera and microphone were released because main is unreachable. */
  get released(): Readable<boolean> {
    return this.#released;
  }

  /** Moves the current call to this window. */
  takeOver(): void {
    this.#claim(true);
  }

  /**
   * Runs once the window is shown. Resumes an ongoing call, or waits for a call if the app was started with
   * `--autostart call`.
   */
  boot(): void {
    if (this.#app.info.autostart === 'call') this.#app.go({ name: 'call' });
    const state = this.#app.state.get();
    // A newly opened window takes over the call. A reloaded window already owned it.
    if (state.calls.some(isOngoing)) this.#claim(true);
    this.#apply(state);
  }

  /** Calls the peer that a call ticket names. */
  dial(ticket: string): void {
    this.dialBy(() => this.#app.bridge.request('call.dial', { ticket }));
  }

  /**
   * Calls the peer of the interrupted call again. Keeps the microphone and the camera off if they were off in
   * that call.
   */
  redialInterrupted({ muted, pictureOff }: InterruptedCall): void {
    this.dialBy(async () => {
      const { id } = await this.#app.bridge.request('call.redialInterrupted', null);
      this.#accepted = { id, preferences: { ...SEND_ALL, muted, video: !pictureOff } };
    });
  }

  /** Removes the interrupted call, so that the user is no longer asked whether to call again. */
  dismissInterrupted(): void {
    const dismissed = this.#app.bridge.request('call.dismissInterrupted', null);
    this.#app.attempt(dismissed, 'The call could not be dismissed', 'call');
  }

  /** Sends main a request that starts a call, unless a call is in progress, and shows the Call screen. */
  dialBy(request: () => Promise<unknown>): void {
    const { shown } = this.#scene.get();
    if (this.#dialing.get()) return;
    if (shown && shown.state !== 'ended') {
      this.#app.toasts.show('You are already in a call. Hang up first.');
      this.#app.go({ name: 'call' });
      return;
    }
    this.#app.attempt(this.#dial(request, shown), 'The call could not be started', 'call');
  }

  /** Accepts an incoming call with the microphone and, optionally, the camera. */
  accept(call: CallState, mode: 'video' | 'audio'): void {
    // Stops ringing without waiting for main.
    this.#app.media.ringer.ring(null);
    // These preferences apply only once this call is active. Another call may be active until then.
    this.#accepted = { id: call.id, preferences: { ...SEND_ALL, video: mode === 'video' } };
    this.#app.go({ name: 'call' });
    this.#claim(true);
    const accepted = this.#app.bridge.request('call.accept', { id: call.id });
    this.#app.attempt(accepted, 'The call could not be accepted', 'call');
  }

  /** Ends the current call and answers the waiting one. If the camera is on, it stays on in the new call. */
  endAndAnswer(call: CallState): void {
    this.accept(call, this.sender.preferences.get().video ? 'video' : 'audio');
  }

  decline(call: CallState): void {
    this.#declined.add(call.id);
    this.#app.media.ringer.ring(null);
    const declined = this.#app.bridge.request('call.decline', { id: call.id });
    this.#app.attempt(declined, 'The call could not be declined', 'call');
  }

  /**
   * Declines the call and blocks the caller, who is not a contact yet. The user can undo the block in the
   * toast, but the call remains declined.
   */
  block(call: CallState): void {
    this.#declined.add(call.id);
    this.#app.media.ringer.ring(null);
    this.setContact({ peer: call.peer, name: '', access: 'blocked' });
    const undo = () => this.setContact({ peer: call.peer, name: '', access: 'ask' });
    this.#app.toasts.show(callTexts.blocked(callerIdentity(call)), { action: { label: 'Undo', run: undo } });
  }

  /** Ends the current call, or cancels an outgoing call that is still ringing. */
  hangUp(call: CallState): void {
    const ended = this.#app.bridge.request('call.hangUp', { id: call.id });
    this.#app.attempt(ended, 'The call could not be ended', 'call');
  }

  /** Closes the screen that shows how a call ended. */
  dismiss(call: CallState): void {
    const dismissed = this.#app.bridge.request('call.dismiss', { id: call.id });
    this.#app.attempt(dismissed, 'The call could not be closed', 'call');
  }

  /** The ticket for calling the peer of an earlier call again; null if the peer's id is malformed. */
  redialTicket(call: Pick<CallRecord, 'id' | 'peer'>): string | null {
    const { callHistory } = this.#app.state.get();
    const ticket = callHistory.find((record) => record.id === call.id)?.ticket ?? null;
    return ticketFor(call.peer, ticket, callHistory);
  }

  setContact(contact: Contact): void {
    const saved = this.#app.bridge.request('contacts.change', contact);
    this.#app.attempt(saved, 'The contact could not be saved');
  }

  removeRecord(record: CallRecord): void {
    const removal = this.#app.bridge.request('history.remove', { id: record.id });
    this.#app.attempt(removal, 'The call could not be removed');
  }

  /** Selects a camera. Null selects the system default. */
  selectCamera(cameraId: string | null): void {
    this.#app.changeSettings({ cameraId });
    this.sender.cameraChanged();
  }

  /** Selects a microphone. Null selects the system default. */
  selectMicrophone(microphoneId: string | null): void {
    this.#app.changeSettings({ microphoneId });
    this.sender.microphoneChanged();
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }

  async #dial(request: () => Promise<unknown>, ended: CallState | null): Promise<void> {
    this.#dialing.set(true);
    this.#app.toasts.dismissTopic('call');
    try {
      if (ended) await this.#app.bridge.request('call.dismiss', { id: ended.id });
      this.#claim(true);
      await request();
      this.#app.go({ name: 'call' });
    } finally {
      this.#dialing.set(false);
    }
  }

  #apply({ calls, waitingCalls, callWindow }: Pick<AppState, 'calls' | 'waitingCalls' | 'callWindow'>): void {
    const before = this.#lastStates;
    this.#lastStates = new Map(calls.map((call) => [call.id, call.state]));
    const scene = callScene(calls);
    const last = this.#scene.get();
    if (scene.shown !== last.shown || scene.incoming !== last.incoming) this.#scene.set(scene);
    this.#app.media.ringer.ring(ringtoneFor(scene));
    const ongoing = calls.find(isOngoing);
    // Each call starts with camera and microphone on, even if they were off in the previous call.
    const isNew = ({ id, state }: CallState): boolean => state !== 'ended' && !before.has(id);
    const started = calls.find((call) => isNew(call) && (!ongoing || ongoing.id === call.id));
    if (started) {
      this.#app.toasts.dismissTopic('call');
      this.sender.setPreferences(SEND_ALL);
    }
    this.broadcastMute.setStage(ongoing ? 'ongoing' : scene.incoming ? 'ringing' : 'none');
    this.#sendIn(ongoing, callWindow);
    for (const call of calls) this.#onCallState(call, before.get(call.id));
    this.#notifyMissed(waitingCalls);
    const waitingIds = new Set(waitingCalls.map(({ id }) => id));
    for (const id of this.#declined) {
      if (!this.#lastStates.has(id) && !waitingIds.has(id)) this.#declined.delete(id);
    }
    if (ongoing && callWindow === null) this.#claim(false);
  }

  /** Sends media in the ongoing call if this window owns the call, and stops sending otherwise. */
  #sendIn(ongoing: CallState | undefined, callWindow: string | null): void {
    const here = ongoing && callWindow === this.#windowId ? ongoing : null;
    this.#inOtherWindow.set(ongoing !== undefined && callWindow !== null && here === null);
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

  #onConnected(connected: boolean): void {
    clearTimeout(this.#releaseTimer);
    if (!connected) {
      this.#app.media.ringer.ring(null);
      this.#releaseTimer = setTimeout(() => this.#release(), RELEASE_AFTER_MS);
      return;
    }
    this.#released.set(false);
    // Main dropped this window's claim to the call when the bridge was lost.
    if (this.#sendingIn !== null) this.#claim(false);
  }

  #release(): void {
    this.#released.set(true);
    this.#sendingIn = null;
    this.sender.setCall(null);
  }

  /**
   * Asks main to make this window the owner of the call. With `takeOver`, main agrees even if another window
   * owns the call.
   */
  #claim(takeOver: boolean): void {
    if (this.#claiming && !takeOver) return;
    this.#claiming = true;
    this.#app.bridge
      .request('call.claim', { window: this.#windowId, takeOver })
      .catch((error: unknown) =>
        this.#app.reportFault(`This window could not take over the call: ${messageOf(error)}`),
      )
      .finally(() => {
        this.#claiming = false;
      });
  }

  /** Shows a toast for each waiting caller who hung up. */
  #notifyMissed(waiting: readonly CallState[]): void {
    const before = this.#lastWaiting;
    this.#lastWaiting = waiting;
    for (const call of before) {
      const gone = !this.#lastStates.has(call.id) && !waiting.some(({ id }) => id === call.id);
      if (gone && !this.#declined.has(call.id)) {
        this.#app.toasts.show(callTexts.missed(callerIdentity(call)));
      }
    }
  }

  /** Opens the Call screen when a call starts or becomes active. */
  #onCallState(call: CallState, before: CallState['state'] | undefined): void {
    if (call.state === before) return;
    if (call.state === 'ended') {
      this.#onCallEnd(call, before !== undefined);
      return;
    }
    const opensScreen = call.direction === 'out' || isOngoing(call);
    if (opensScreen && (before === undefined || call.state === 'active') && before !== 'reconnecting') {
      this.#app.go({ name: 'call' });
    }
  }

  /** Dismisses an ended call with a toast, unless the Call screen shows how the call ended. */
  #onCallEnd(call: CallState, wasKnown: boolean): void {
    if (hasEndScreen(call) && this.#app.screen.get().name === 'call') return;
    // A window opened after the call ended shows no toast about it.
    if (wasKnown && !this.#declined.has(call.id)) {
      this.#app.toasts.show(
        hasEndScreen(call) ? callTexts.ended(call.message).title : callTexts.missed(callerIdentity(call)),
      );
    }
    this.dismiss(call);
  }
}
