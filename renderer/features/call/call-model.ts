import { Scope } from '../../../common/base/scope.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type {
  AppState,
  CallRecord,
  CallState,
  Contact,
  InterruptedCall,
} from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import { BroadcastMute } from './broadcast-mute.ts';
import type { CallHost } from './call-host.ts';
import { CallMedia } from './call-media.ts';
import { CallOwnership } from './call-ownership.ts';
import { type CallSender, SEND_ALL } from './call-sender.ts';
import { type CallScene, callScene, hasEndScreen, isOngoing, ringtoneFor, ticketFor } from './call-view.ts';
import { callTexts } from './call-words.ts';
import { MissedCalls } from './missed-calls.ts';

/**
 * The window's side of calls. Applies call states from main, plays the ringtone, and sends the user's decisions to
 * main.
 */
export class CallModel {
  readonly broadcastMute: BroadcastMute;
  readonly #app: CallHost;
  readonly #scope = new Scope();
  readonly #scene: Store<CallScene>;
  readonly #dialing = new Store(false);
  readonly #ownership: CallOwnership;
  readonly #missed: MissedCalls;
  readonly #media: CallMedia;
  /** The state of each call in main's last update. */
  #lastStates = new Map<string, CallState['state']>();

  constructor(app: CallHost) {
    this.#app = app;
    this.#scene = new Store(callScene(app.state.get().calls));
    this.#ownership = new CallOwnership(app);
    this.#missed = new MissedCalls(app.toasts, app.state.get().waitingCalls);
    const stateOf = (id: string) => this.#lastStates.get(id);
    this.#media = new CallMedia({ app, ownership: this.#ownership, stateOf });
    this.broadcastMute = new BroadcastMute(app.live);
    this.#scope.own(() => this.broadcastMute.close());
    this.#scope.own(app.state.subscribe((state) => this.#apply(state)));
    this.#scope.own(app.bridge.connected.subscribe((connected) => connected || app.media.ringer.ring(null)));
    this.#scope.own(() => app.media.ringer.ring(null));
    this.#scope.own(() => this.#media.close());
  }

  /** Sends the camera and the microphone in the ongoing call. */
  get sender(): CallSender {
    return this.#media.sender;
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
    return this.#ownership.inOtherWindow;
  }

  /** Whether the camera and microphone were released because main is unreachable. */
  get released(): Readable<boolean> {
    return this.#media.released;
  }

  /** Moves the current call to this window. */
  takeOver(): void {
    this.#ownership.claim(true);
  }

  /**
   * Runs once the window is shown. Resumes an ongoing call, or waits for a call if the app was started with
   * `--autostart call`.
   */
  boot(): void {
    if (this.#app.info.autostart === 'call') this.#app.go({ name: 'call' });
    const state = this.#app.state.get();
    // A newly opened window takes over the call. A reloaded window needs no takeover, because it already
    // owned the call.
    if (state.calls.some(isOngoing)) this.#ownership.claim(true);
    this.#apply(state);
  }

  /** Calls the peer whose endpoint id a call ticket contains. */
  dial(ticket: string): void {
    void this.dialBy(() => this.#app.bridge.request('call.dial', { ticket }));
  }

  /**
   * Calls the peer of the interrupted call again. Keeps the microphone and the camera off if they were off in
   * that call.
   */
  redialInterrupted({ muted, pictureOff }: InterruptedCall): void {
    void this.dialBy(async () => {
      const { id } = await this.#app.bridge.request('call.redialInterrupted', null);
      this.#media.recordAccepted(id, { ...SEND_ALL, muted, video: !pictureOff });
    });
  }

  /** Removes the interrupted call, so that the user is no longer asked whether to call again. */
  dismissInterrupted(): void {
    const dismissed = this.#app.bridge.request('call.dismissInterrupted', null);
    this.#app.attempt(dismissed, 'Could not dismiss the call', 'call');
  }

  /**
   * Asks main to start a call and shows the Call screen. Resolves to false if the call was not started, and
   * shows the reason in a toast.
   */
  async dialBy(request: () => Promise<unknown>): Promise<boolean> {
    const { shown } = this.#scene.get();
    if (this.#dialing.get()) return false;
    if (shown && shown.state !== 'ended') {
      this.#app.toasts.show('You are already in a call. Hang up first.');
      this.#app.go({ name: 'call' });
      return false;
    }
    const dialing = this.#dial(request, shown);
    this.#app.attempt(dialing, 'Could not start the call', 'call');
    return dialing.then(
      () => true,
      () => false,
    );
  }

  /** Accepts an incoming call with the microphone and, optionally, the camera. */
  accept(call: CallState, mode: 'video' | 'audio'): void {
    // Stops ringing without waiting for main.
    this.#app.media.ringer.ring(null);
    // These preferences apply only once this call is active, because another call might still be active.
    this.#media.recordAccepted(call.id, { ...SEND_ALL, video: mode === 'video' });
    this.#app.go({ name: 'call' });
    this.#ownership.claim(true);
    const accepted = this.#app.bridge.request('call.accept', { id: call.id });
    this.#app.attempt(accepted, 'Could not accept the call', 'call');
  }

  /** Ends the current call and answers the waiting one. If the camera is on, it stays on in the new call. */
  endAndAnswer(call: CallState): void {
    this.accept(call, this.sender.preferences.get().video ? 'video' : 'audio');
  }

  decline(call: CallState): void {
    this.#missed.recordDeclined(call.id);
    this.#app.media.ringer.ring(null);
    const declined = this.#app.bridge.request('call.decline', { id: call.id });
    this.#app.attempt(declined, 'Could not decline the call', 'call');
  }

  /**
   * Declines the call and blocks the caller, who is not a contact yet. The user can undo the block in the
   * toast, but the call remains declined.
   */
  block(call: CallState): void {
    this.#missed.recordDeclined(call.id);
    this.#app.media.ringer.ring(null);
    this.setContact({ peer: call.peer, name: '', access: 'blocked' });
    const undo = () => this.setContact({ peer: call.peer, name: '', access: 'ask' });
    this.#app.toasts.show(callTexts.blocked(callerIdentity(call)), { action: { label: 'Undo', run: undo } });
  }

  /** Ends the current call, or cancels an outgoing call that is still ringing. */
  hangUp(call: CallState): void {
    const ended = this.#app.bridge.request('call.hangUp', { id: call.id });
    this.#app.attempt(ended, 'Could not end the call', 'call');
  }

  /** Closes the screen that shows how a call ended. */
  dismiss(call: CallState): void {
    const dismissed = this.#app.bridge.request('call.dismiss', { id: call.id });
    this.#app.attempt(dismissed, 'Could not close the call', 'call');
  }

  /** The ticket for calling the peer of an earlier call again; null if the peer's id is malformed. */
  redialTicket(call: Pick<CallRecord, 'id' | 'peer'>): string | null {
    const { callHistory } = this.#app.state.get();
    const ticket = callHistory.find((record) => record.id === call.id)?.ticket ?? null;
    return ticketFor(call.peer, ticket, callHistory);
  }

  setContact(contact: Contact): void {
    const saved = this.#app.bridge.request('contacts.change', contact);
    this.#app.attempt(saved, 'Could not save the contact');
  }

  removeRecord(record: CallRecord): void {
    const removal = this.#app.bridge.request('history.remove', { id: record.id });
    this.#app.attempt(removal, 'Could not remove the call');
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
      this.#ownership.claim(true);
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
    this.#media.update(ongoing, callWindow);
    for (const call of calls) this.#onCallState(call, before.get(call.id));
    this.#missed.update(calls, waitingCalls);
    if (ongoing && callWindow === null) this.#ownership.claim(false);
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
    if (wasKnown) this.#missed.showEnd(call);
    this.dismiss(call);
  }
}
