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
  Settings,
} from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import type { Media } from '../../media/shared/types.ts';
import type { Toasts } from '../shared/toasts.ts';
import { ALL_ON, CallMedia, type CallWishes } from './call-media.ts';
import {
  type CallScene,
  callScene,
  concernsScreen,
  isUp,
  ringFor,
  ticketFor,
  wishesOf,
} from './call-view.ts';
import { callWords } from './call-words.ts';

/** What calls need of the window's model. */
export interface CallHost {
  readonly info: AppInfo;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts: Toasts;
  readonly state: Readable<AppState>;
  readonly screen: Readable<{ readonly name: string }>;
  readonly live: { readonly sources: { pickScreen(): Promise<boolean> } };
  go(screen: { readonly name: 'call' | 'home' }): void;
  changeSettings(patch: Partial<Settings>): void;
  attempt(work: Promise<unknown>, what: string): void;
  reportFault(message: string): void;
}

/** A call that is lost for this long is over: then a window without its app has no use for camera and microphone. */
const RELEASE_AFTER_MS = 60_000;

/** Calls as the window drives them: it follows main's calls, rings, and sends while one is up. */
export class CallModel {
  readonly sending: CallMedia;
  readonly #app: CallHost;
  readonly #scope = new Scope();
  readonly #scene: Store<CallScene>;
  readonly #dialing = new Store(false);
  /** This window's word for itself: of several, one has the call. */
  readonly #window = crypto.randomUUID();
  readonly #elsewhere = new Store(false);
  #asking = false;
  /** Whether a person accepted the call that is up in this window. */
  #answered = false;
  readonly #released = new Store(false);
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether this window sends, or will, in the call that is up. */
  #sendsIn: string | null = null;
  /** The state each call was in when it was last looked at. */
  #seen = new Map<string, CallState['state']>();
  /** Calls that this window declined: their end is no news. */
  readonly #declined = new Set<string>();
  /** Who waited when it was last looked at. */
  #waiting: readonly CallState[];
  /** The call that this window accepted last, and what is to be shown there. */
  #accepted: { id: string; wishes: CallWishes } | null = null;

  constructor(app: CallHost) {
    this.#app = app;
    this.#scene = new Store(callScene(app.state.get().calls));
    this.#waiting = app.state.get().waitingCalls;
    this.sending = new CallMedia(app.media.callPublisher, {
      settings: () => app.state.get().settings,
      unattended: () => app.info.autostart === 'call' && !this.#answered,
      pickScreen: () => app.live.sources.pickScreen(),
      attempt: (work, what) => app.attempt(work, what),
      tell: (id, status) => {
        // The call may have ended meanwhile; then there is nobody to tell.
        app.bridge.request('call.status', { id, ...status }).catch((error: unknown) => {
          if (this.#seen.get(id) === 'active')
            app.reportFault(`The call’s status was not told: ${messageOf(error)}`);
        });
      },
    });
    this.#scope.own(app.state.subscribe((state) => this.#take(state)));
    this.#scope.own(app.bridge.connected.subscribe((connected) => this.#followBridge(connected)));
    this.#scope.own(app.bridge.loss.subscribe((loss) => loss === 'restarted' && this.#release()));
    this.#scope.own(() => clearTimeout(this.#releaseTimer));
    this.#scope.own(() => app.media.ringer.ring(null));
    this.#scope.own(() => this.sending.close());
  }

  get scene(): Readable<CallScene> {
    return this.#scene;
  }

  /** Whether main was asked to dial and has not answered yet. */
  get dialing(): Readable<boolean> {
    return this.#dialing;
  }

  /** Whether the call that is up is in another window. */
  get elsewhere(): Readable<boolean> {
    return this.#elsewhere;
  }

  /** Whether camera and microphone were released because the app does not come back. */
  get released(): Readable<boolean> {
    return this.#released;
  }

  /** Goes on with the call in this window. */
  useHere(): void {
    this.#hold(true);
  }

  /** Once the window stands: what goes on already, and waiting for calls where the app was started for that. */
  boot(): void {
    if (this.#app.info.autostart === 'call') this.#app.go({ name: 'call' });
    const state = this.#app.state.get();
    // Whoever opens a window wants the call there; after a reload it was there already.
    if (state.calls.some(isUp)) this.#hold(true);
    this.#take(state);
  }

  /** Calls whose ticket this is. */
  dial(ticket: string): void {
    const { shown } = this.#scene.get();
    if (this.#dialing.get()) return;
    if (shown && shown.state !== 'ended') {
      this.#app.toasts.show('You are in a call already. Hang up first.');
      this.#app.go({ name: 'call' });
      return;
    }
    this.#app.attempt(this.#dial(ticket, shown), 'The call did not start');
  }

  accept(call: CallState, how: 'video' | 'sound'): void {
    // At once, whatever main takes to answer.
    this.#app.media.ringer.ring(null);
    // Not before that call is up: until then the wishes are those of a call that may go on.
    this.#accepted = { id: call.id, wishes: { ...ALL_ON, picture: how === 'video' } };
    this.#app.go({ name: 'call' });
    this.#hold(true);
    this.#app.attempt(
      this.#app.bridge.request('call.accept', { id: call.id }),
      'The call could not be accepted',
    );
  }

  /** Ends the call that goes on and takes the one who waits; the camera stays on or off. */
  answerInstead(call: CallState): void {
    this.accept(call, this.sending.wishes.get().picture ? 'video' : 'sound');
  }

  decline(call: CallState): void {
    this.#declined.add(call.id);
    this.#app.media.ringer.ring(null);
    this.#app.attempt(this.#app.bridge.request('call.decline', { id: call.id }), 'Declining did not work');
  }

  /** Whoever this is does not ring here any more. */
  block(call: CallState): void {
    this.#declined.add(call.id);
    this.#app.media.ringer.ring(null);
    this.setContact({ peer: call.peer, name: '', access: 'blocked' });
  }

  /** Ends a call, or gives up while it rings at the other side. */
  hangUp(call: CallState): void {
    this.#app.attempt(this.#app.bridge.request('call.hangUp', { id: call.id }), 'Hanging up did not work');
  }

  /** Puts an ended call away. */
  dismiss(call: CallState): void {
    this.#app.attempt(this.#app.bridge.request('call.dismiss', { id: call.id }), 'The call was not put away');
  }

  /** How to call again whoever this was, or null. */
  ticketAgain(of: Pick<CallRecord, 'id' | 'peer'>): string | null {
    const { callHistory } = this.#app.state.get();
    const own = callHistory.find((record) => record.id === of.id)?.ticket ?? null;
    return ticketFor(of.peer, own, callHistory);
  }

  setContact(contact: Contact): void {
    this.#app.attempt(this.#app.bridge.request('contacts.change', contact), 'The contact was not saved');
  }

  removeRecord(record: CallRecord): void {
    const removal = this.#app.bridge.request('history.remove', { id: record.id });
    this.#app.attempt(removal, 'The call was not removed');
  }

  selectCamera(cameraId: string | null): void {
    this.#app.changeSettings({ cameraId });
    this.sending.cameraChanged();
  }

  selectMicrophone(microphoneId: string | null): void {
    this.#app.changeSettings({ microphoneId });
    this.sending.microphoneChanged();
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }

  async #dial(ticket: string, ended: CallState | null): Promise<void> {
    this.#dialing.set(true);
    try {
      if (ended) await this.#app.bridge.request('call.dismiss', { id: ended.id });
      this.#hold(true);
      await this.#app.bridge.request('call.dial', { ticket });
      this.#app.go({ name: 'call' });
    } finally {
      this.#dialing.set(false);
    }
  }

  #take({
    calls,
    waitingCalls: waiting,
    callWindow,
  }: Pick<AppState, 'calls' | 'waitingCalls' | 'callWindow'>): void {
    const before = this.#seen;
    this.#seen = new Map(calls.map((call) => [call.id, call.state]));
    const scene = callScene(calls);
    const now = this.#scene.get();
    if (scene.shown !== now.shown || scene.incoming !== now.incoming) this.#scene.set(scene);
    this.#app.media.ringer.ring(ringFor(scene));
    const up = calls.find(isUp);
    // Each call begins with both on, whatever was switched off in the one before.
    const isNew = ({ id, state }: CallState): boolean => state !== 'ended' && !before.has(id);
    const begun = calls.find((call) => isNew(call) && (!up || up.id === call.id));
    // One that goes on after a crash is as it was, so that nobody who was muted is heard.
    const { muted, pictureOff } = begun?.resumed ?? { muted: false, pictureOff: false };
    if (begun) this.sending.wish({ ...ALL_ON, muted, picture: !pictureOff });
    this.#send(up, callWindow);
    for (const call of calls) this.#follow(call, before.get(call.id));
    this.#noteGivenUp(waiting);
    const waits = new Set(waiting.map(({ id }) => id));
    for (const id of this.#declined) if (!this.#seen.has(id) && !waits.has(id)) this.#declined.delete(id);
    if (up && callWindow === null) this.#hold(false);
  }

  /** In the call that is up, if it is in this window. */
  #send(up: CallState | undefined, callWindow: string | null): void {
    const here = up && callWindow === this.#window ? up : null;
    this.#elsewhere.set(up !== undefined && callWindow !== null && here === null);
    if (here && here.id !== this.#sendsIn) {
      this.#answered = here.id === this.#accepted?.id;
      const wishes = this.#answered && this.#accepted ? this.#accepted.wishes : wishesOf(here);
      if (wishes) this.sending.wish(wishes);
      this.#accepted = null;
    }
    this.#sendsIn = here?.id ?? null;
    this.sending.follow(this.#sendsIn);
  }

  #followBridge(connected: boolean): void {
    clearTimeout(this.#releaseTimer);
    if (!connected) {
      this.#app.media.ringer.ring(null);
      this.#releaseTimer = setTimeout(() => this.#release(), RELEASE_AFTER_MS);
      return;
    }
    this.#released.set(false);
    // Main took this window for gone.
    if (this.#sendsIn !== null) this.#hold(false);
  }

  #release(): void {
    this.#released.set(true);
    this.#sendsIn = null;
    this.sending.follow(null);
  }

  #hold(take: boolean): void {
    if (this.#asking && !take) return;
    this.#asking = true;
    this.#app.bridge
      .request('call.claim', { window: this.#window, takeOver: take })
      .catch((error: unknown) =>
        this.#app.reportFault(`The call was not taken by this window: ${messageOf(error)}`),
      )
      .finally(() => {
        this.#asking = false;
      });
  }

  /** Those who no longer wait, and are not in a call either. */
  #noteGivenUp(waiting: readonly CallState[]): void {
    const before = this.#waiting;
    this.#waiting = waiting;
    for (const call of before) {
      const gone = !this.#seen.has(call.id) && !waiting.some(({ id }) => id === call.id);
      if (gone && !this.#declined.has(call.id))
        this.#app.toasts.show(callWords.missed(callerIdentity(call).name));
    }
  }

  /** What a change of one call does to the screen. */
  #follow(call: CallState, before: CallState['state'] | undefined): void {
    if (call.state === before) return;
    if (call.state === 'ended') {
      this.#followEnd(call, before !== undefined);
      return;
    }
    const begins = call.direction === 'out' || isUp(call);
    if (begins && (before === undefined || call.state === 'active') && before !== 'reconnecting') {
      this.#app.go({ name: 'call' });
    }
  }

  #followEnd(call: CallState, wasSeen: boolean): void {
    const onScreen = concernsScreen(call) && this.#app.screen.get().name === 'call';
    if (onScreen) return;
    // A window that opens later has no use for the end of a call that it did not see.
    if (wasSeen && !this.#declined.has(call.id)) {
      this.#app.toasts.show(
        concernsScreen(call)
          ? callWords.ended(call.message).title
          : callWords.missed(callerIdentity(call).name),
      );
    }
    this.dismiss(call);
  }
}
