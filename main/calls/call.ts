import { Path } from 'moq-net';
import { Scope } from '../../common/base/scope.ts';
import {
  CALL_NAME,
  CALLS_PREFIX,
  type CallRecord,
  type CallState,
  type DisconnectReason,
} from '../../common/bridge/bridge.ts';
import { exactMount, type Grants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { type CallLink, closeOf, isLoss, REPLACED } from './call-connection.ts';
import { type CallEnd, type CloseInfo, type DialFault, HANG_UP, judgeEnd, REFUSED } from './disconnect.ts';
import { followStatus, STATUS_NAME, StatusSender, type WireStatus } from './status.ts';
import { Warm } from './track-prefetch.ts';

export interface CallTimes {
  /** How long it rings, on either side, in milliseconds. */
  ringMs: number;
  /** How long a lost call may take to come back, in milliseconds. */
  reconnectMs: number;
  /** How long a call goes on without a window, in milliseconds: a page that is loaded anew takes a second or two. */
  noWindowMs: number;
}

export const CALL_TIMES: CallTimes = { ringMs: 45_000, reconnectMs: 60_000, noWindowMs: 10_000 };

/** Both sides ring equally long, from moments that lie a round trip apart: this share of it is all of it. */
const RANG_OUT = 0.95;

/** A call's state without what the person calls the peer. */
export type CallView = Omit<CallState, 'contactName'>;

export interface CallOptions {
  id: string;
  direction: 'out' | 'in';
  /** The peer's endpoint id. */
  peer: string;
  origin: Origin;
  times: CallTimes;
  /** This side's status at the beginning. */
  status: WireStatus;
  /** The call was active in an earlier process, and may come back until then. Times are since the epoch. */
  resumed?: { startedAtMs: number; activeAtMs: number; untilMs: number; remoteName: string };
  /** What to call the peer in messages, who calls itself `claimed`. */
  who: (claimed: string) => string | null;
  /** Another session carries the call. */
  onLink: (call: Call, link: CallLink) => void;
  /** The view changed. */
  onChange: (call: Call) => void;
  /** An active call lost its link, and waits for another one. */
  onLost: (call: Call) => void;
}

/**
 * One call, from dialling or ringing to its end. It owns its link (the session that carries it now) and everything
 * on it: what each side publishes, the status, the times that run out. Links may be replaced; the paths stay.
 */
export class Call {
  readonly id: string;
  readonly peer: string;
  readonly #options: CallOptions;
  readonly #scope = new Scope();
  readonly #ended = Promise.withResolvers<DisconnectReason>();
  readonly #out;
  readonly #in;
  #view: CallView;
  /** This side's status; each link has a sender of its own, which ends with its session. */
  #said: WireStatus;
  #sender: StatusSender | undefined;
  /** Nobody is there to be seen or heard, whatever was said before. */
  #hidden = false;
  #link: CallLink | undefined;
  readonly #warm = new Warm();
  #reached: CallEnd['reached'] = 'dialing';
  #outcome: CallRecord['outcome'] = 'failed';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.id = options.id;
    this.peer = options.peer;
    this.#out = exactMount(`${CALLS_PREFIX}/${options.id}/out`, CALL_NAME);
    this.#in = exactMount(`${CALLS_PREFIX}/${options.id}/in`, CALL_NAME);
    this.#view = {
      id: options.id,
      direction: options.direction,
      state: options.direction === 'out' ? 'dialing' : 'ringing',
      peer: options.peer,
      remote: null,
      hasMedia: false,
      startedAtMs: Date.now(),
      activeAtMs: null,
      reason: null,
      error: null,
      message: null,
    };
    this.#said = options.status;
    if (options.resumed) this.#resume(options.resumed);
    this.#scope.own(() => clearTimeout(this.#timer));
    this.#scope.own(() => this.#warm.close());
    this.#scope.own(this.#watchMedia());
  }

  get view(): CallView {
    return this.#view;
  }

  get state(): CallView['state'] {
    return this.#view.state;
  }

  /** How it ended, for the history. */
  get outcome(): CallRecord['outcome'] {
    return this.#outcome;
  }

  /** The session that carries the call now. */
  get link(): CallLink | undefined {
    return this.#link;
  }

  /** What this side tells of itself. */
  get said(): WireStatus {
    return this.#said;
  }

  /** Aborted when the call ends. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Why the connection of the call ended, once it has. TransportError when there never was one. */
  closed(): Promise<DisconnectReason> {
    return this.#ended.promise;
  }

  /** Carries the call over this session from now on, in place of the one before. */
  attach(link: CallLink): void {
    if (this.state === 'ended') {
      void link.session.close(REPLACED);
      return;
    }
    const before = this.#link;
    this.#link = link;
    const { session } = link;
    const sender = new StatusSender(this.#status);
    this.#sender = sender;
    session.scope.own(() => sender.close());
    session.publish(Path.from(STATUS_NAME), sender.producer);
    followStatus(session, (status) => this.#hear(link, status));
    session.regrant(this.#grants());
    this.#options.onLink(this, link);
    void closeOf(link).then((close) => this.#unlink(link, close));
    if (before) void before.session.close(REPLACED);
    if (this.#reached === 'dialing') this.#ring();
    // Who comes back by itself wants to go on; whom we called back must say so: it may have forgotten the call.
    else if (this.state === 'reconnecting' && link.incoming) this.#activate();
  }

  /** Both want to talk: the call is active from now on. */
  accept(): void {
    if (this.state === 'ringing') this.#activate();
  }

  /** Ends it from this side; the other one sees the code and the reason. */
  end(how: { code: number; reason: string } = HANG_UP, cause?: CallEnd['cause']): void {
    const link = this.#link;
    this.#link = undefined;
    this.#finish({ by: 'local', ...how }, cause);
    void link?.session.close(how.reason, how.code);
  }

  /** There is no connection to the peer. */
  fail(fault: DialFault): void {
    this.#finish(undefined, fault);
  }

  /** Tells the other side. */
  tell(status: Partial<WireStatus>): void {
    this.#said = { ...this.#said, ...status };
    this.#sender?.change(this.#status);
    const { muted, pictureOff, sharing } = this.#said;
    this.#change({ own: { muted, pictureOff, sharing } });
  }

  /** Tells the other side that nobody is seen or heard here, or again what was said before. */
  hide(hidden: boolean): void {
    this.#hidden = hidden;
    this.#sender?.change(this.#status);
  }

  get #status(): WireStatus {
    const said = this.#hidden ? { ...this.#said, muted: true, pictureOff: true, sharing: false } : this.#said;
    // Who is called says who they are once they accept: until then anybody may be calling.
    return this.#speaks ? said : { ...said, name: '' };
  }

  get #who(): string | null {
    return this.#options.who(this.#view.remote?.name ?? '');
  }

  /** The callee's media is offered only once they accepted. */
  get #speaks(): boolean {
    return this.#options.direction === 'out' || this.#reached === 'active';
  }

  #grants(): Grants {
    return { read: this.#speaks ? [this.#out] : [], publish: [this.#in], pull: false };
  }

  #ring(): void {
    const { direction, times } = this.#options;
    this.#reached = 'ringing';
    this.#after(times.ringMs, () => this.end(direction === 'out' ? HANG_UP : REFUSED, 'noAnswer'));
    this.#change({ state: 'ringing' });
    this.#lookForAnswer(this.#view.hasMedia);
  }

  #activate(): void {
    this.#reached = 'active';
    clearTimeout(this.#timer);
    this.tell({ accepted: true });
    this.#link?.session.regrant(this.#grants());
    const activeAtMs = this.#view.activeAtMs ?? Date.now();
    this.#change({ state: 'active', activeAtMs, reason: null, message: null });
  }

  #hear(link: CallLink, { accepted, ...remote }: WireStatus): void {
    if (link !== this.#link) return;
    this.#change({ remote });
    this.#lookForAnswer(accepted === true);
  }

  /** The side that called knows an answer by the status or, from an app without one, by the media that comes. */
  #lookForAnswer(answered: boolean): void {
    if (!answered || this.#options.direction !== 'out' || !this.#link) return;
    if (this.state === 'ringing' || this.state === 'reconnecting') this.#activate();
  }

  #watchMedia(): () => void {
    return this.#options.origin.watch(this.#in.origin, ({ path, current }) => {
      if (path !== this.#in.origin) return;
      const hasMedia = current !== undefined;
      if (current) this.#warm.came(current);
      this.#change({ hasMedia });
      this.#lookForAnswer(hasMedia);
    });
  }

  #unlink(link: CallLink, close: CloseInfo | undefined): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#warm.lost();
    const lost = isLoss(close);
    if (lost && this.#reached === 'active') this.#reconnect();
    else this.#finish(lost ? LOST : close);
  }

  #reconnect(): void {
    if (this.state !== 'reconnecting') this.#giveUpAfter(this.#options.times.reconnectMs);
    this.#change(this.#beingRestored());
    this.#options.onLost(this);
  }

  #giveUpAfter(ms: number): void {
    this.#after(ms, () => this.#finish(LOST, 'reconnect'));
  }

  #beingRestored(): Partial<CallView> {
    const message = `The connection to ${this.#who ?? 'them'} was lost. It is being restored.`;
    return { state: 'reconnecting', reason: 'TransportError', message };
  }

  #resume({ startedAtMs, activeAtMs, untilMs, remoteName }: NonNullable<CallOptions['resumed']>): void {
    const { muted, pictureOff } = this.#said;
    const remote = { name: remoteName, muted: false, pictureOff: false, sharing: false };
    this.#reached = 'active';
    this.#said = { ...this.#said, accepted: true };
    this.#view = { ...this.#view, startedAtMs, activeAtMs, remote, resumed: { muted, pictureOff } };
    this.#view = { ...this.#view, ...this.#beingRestored() };
    this.#giveUpAfter(Math.max(0, untilMs - Date.now()));
  }

  #finish(close: CloseInfo | undefined, cause?: CallEnd['cause']): void {
    if (this.state === 'ended') return;
    const { direction } = this.#options;
    const why = cause ?? (this.#rangOut(close) ? 'noAnswer' : undefined);
    const end: CallEnd = { direction, reached: this.#reached, close, ...(why ? { cause: why } : {}) };
    const { reason, error, outcome, message } = judgeEnd(end, this.#who);
    this.#outcome = outcome;
    const link = this.#link;
    this.#link = undefined;
    void link?.session.close(HANG_UP.reason, HANG_UP.code);
    this.#change({ state: 'ended', hasMedia: false, reason, error, message });
    this.#ended.resolve(reason ?? 'TransportError');
    void this.#scope.close();
  }

  /** Whether the caller's clock ended the ringing, a moment before the one here: nobody gave up. */
  #rangOut(close: CloseInfo | undefined): boolean {
    const rangMs = Date.now() - this.#view.startedAtMs;
    const { direction, times } = this.#options;
    const isCallee = direction === 'in' && this.#reached === 'ringing' && close?.by === 'remote';
    return isCallee && rangMs >= times.ringMs * RANG_OUT;
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  #change(change: Partial<CallView>): void {
    if (this.state === 'ended') return;
    this.#view = { ...this.#view, ...change };
    this.#options.onChange(this);
  }
}

const LOST: CloseInfo = { by: 'transport', code: 0, reason: 'lost' };
