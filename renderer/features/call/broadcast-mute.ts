import { type Readable, Store } from '../../../common/base/store.ts';
import type { PublisherState } from '../../media/shared/publisher-types.ts';

/** The members of the broadcast that `BroadcastMute` uses. */
export interface MutableBroadcast {
  readonly publisher: {
    readonly state: Readable<Pick<PublisherState, 'phase' | 'video' | 'audio' | 'source'>>;
  };
  setMuted(muted: boolean): void;
}

/** The stages of a call that matter for muting the broadcast. */
export type CallStage = 'none' | 'ringing' | 'ongoing';

/** Mutes the user's broadcast during a call on request, and unmutes it when the call ends. */
export class BroadcastMute {
  readonly #live: MutableBroadcast;
  readonly #wanted = new Store(false);
  readonly #unsubscribe: () => void;
  #stage: CallStage = 'none';
  /** Whether this object muted the broadcast. A broadcast that the user muted stays muted after the call. */
  #muting = false;
  /** True from when this object unmutes the publisher until the publisher reports the change. */
  #unmuting = false;
  /** The last audio status that the publisher reported. */
  #audio: PublisherState['audio'];

  constructor(live: MutableBroadcast) {
    this.#live = live;
    this.#audio = live.publisher.state.get().audio;
    this.#unsubscribe = live.publisher.state.subscribe(() => this.#onBroadcast());
  }

  /** Whether the user wants the broadcast muted during the current or ringing call. */
  get wanted(): Readable<boolean> {
    return this.#wanted;
  }

  /**
   * Sets whether to mute the broadcast. If a call is still ringing, this takes effect once the user accepts
   * the call.
   */
  set(wanted: boolean): void {
    this.#wanted.set(wanted);
    this.#update();
  }

  /** Sets the stage of the current call. The user's request to mute applies only until the call ends. */
  setStage(stage: CallStage): void {
    if (stage === this.#stage) return;
    this.#stage = stage;
    if (stage === 'none') this.#wanted.set(false);
    this.#update();
  }

  close(): void {
    this.#unsubscribe();
  }

  #update(): void {
    const { phase, audio } = this.#live.publisher.state.get();
    const shouldMute = this.#wanted.get() && this.#stage === 'ongoing' && phase === 'live';
    if (shouldMute === this.#muting) return;
    if (shouldMute && audio === 'muted') return;
    this.#muting = shouldMute;
    this.#unmuting = !shouldMute && audio === 'muted';
    // A publisher stays muted after its broadcast stops, so unmute it even if no broadcast is live.
    this.#live.setMuted(shouldMute);
  }

  #onBroadcast(): void {
    const { audio } = this.#live.publisher.state.get();
    const wasMuted = this.#audio === 'muted';
    this.#audio = audio;
    if (wasMuted && audio !== 'muted') {
      const byUser = !this.#unmuting && (audio === 'starting' || audio === 'on');
      this.#unmuting = false;
      if (byUser) {
        // The user unmuted the broadcast on the Live screen.
        this.#muting = false;
        this.#wanted.set(false);
      }
    }
    this.#update();
  }
}

const seenTexts: Record<PublisherState['source'], string> = {
  camera: 'see you',
  screen: 'see your screen',
  file: 'see your video',
  test: 'see your video',
};

/** Text that says what viewers of a live broadcast see and hear during a call. */
export function broadcastText(state: Pick<PublisherState, 'video' | 'audio' | 'source'>): string {
  const seen = state.video === 'on' ? seenTexts[state.source] : null;
  const heard = state.audio === 'on';
  if (seen && heard) {
    return `Your viewers still ${state.source === 'camera' ? 'see and hear you' : `${seen} and hear you`}.`;
  }
  if (seen) return `Your viewers still ${seen}, but can’t hear you.`;
  return heard ? 'Your viewers still hear you.' : 'Your viewers can’t see or hear you.';
}
