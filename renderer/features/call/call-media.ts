import { type Readable, Store } from '../../../common/base/store.ts';
import type { Settings } from '../../../common/bridge/bridge.ts';
import type { Publisher, PublisherState } from '../../media/shared/types.ts';
import { forgetChoice, readChoice, rememberChoice } from './call-choice.ts';
import type { OwnStatus } from './call-view.ts';

/** What the person wants to be seen and heard of. */
export interface CallWishes {
  picture: boolean;
  muted: boolean;
  sharing: boolean;
}

/** What sending in a call needs of the window. */
export interface CallMediaHost {
  settings(): Settings;
  /** Nobody is there to choose: something is shown even where there is no camera. */
  unattended(): boolean;
  pickScreen(): Promise<boolean>;
  attempt(work: Promise<unknown>, what: string): void;
  /** What the other side is to be told; for one call, and only when it changed. */
  tell(id: string, status: OwnStatus): void;
}

export const ALL_ON: CallWishes = { picture: true, muted: false, sharing: false };

/**
 * What this person sends in a call: camera or screen, and microphone. Nothing is opened before `follow` names a call,
 * and everything is released when it names none.
 */
export class CallMedia {
  readonly publisher: Publisher;
  readonly #host: CallMediaHost;
  readonly #wishes = new Store<CallWishes>(ALL_ON);
  readonly #unsubscribe: () => void;
  #call: string | null = null;
  #running: AbortController | null = null;
  /** One start or stop after the other. */
  #turn: Promise<void> = Promise.resolve();
  #told = '';

  constructor(publisher: Publisher, host: CallMediaHost) {
    this.publisher = publisher;
    this.#host = host;
    this.#unsubscribe = publisher.state.subscribe((state) => {
      this.#noteShareEnd(state);
      this.#tell();
    });
  }

  get wishes(): Readable<CallWishes> {
    return this.#wishes;
  }

  /** Before a call begins: how it is accepted. */
  wish(wishes: CallWishes): void {
    this.#wishes.set(wishes);
  }

  /** Sends in this call, or in none. */
  follow(id: string | null): void {
    if (id === this.#call) return;
    this.#running?.abort(new Error('the call is over'));
    this.#running = null;
    // Also between two calls that follow each other at once: each has a broadcast of its own.
    if (this.#call !== null) {
      this.#enqueue(() => this.publisher.stop(), 'Camera and microphone could not be released');
    }
    this.#call = id;
    this.#told = '';
    if (id === null) {
      forgetChoice();
      return;
    }
    const kept = readChoice(id);
    if (kept) this.#wishes.set({ picture: kept.picture, muted: kept.muted, sharing: false });
    const running = new AbortController();
    this.#running = running;
    this.#enqueue(() => this.#start(id, running.signal), 'Your picture and sound could not be sent');
    this.#remember();
  }

  setMuted(muted: boolean): void {
    this.#change({ muted });
    this.#host.attempt(
      this.publisher.setMuted(muted),
      muted ? 'Muting did not work' : 'The microphone did not start',
    );
  }

  setPicture(picture: boolean): void {
    this.#change({ picture });
    if (this.#wishes.get().sharing) return;
    if (picture) this.#open();
    else this.#host.attempt(this.publisher.setVideoOff(true), 'The camera could not be switched off');
  }

  /** Shows the screen in place of the camera; asks which one. */
  async share(): Promise<void> {
    if (!(await this.#host.pickScreen()) || this.#call === null) return;
    try {
      await this.publisher.selectVideo({ kind: 'screen' }, this.#running?.signal);
      this.#change({ sharing: true });
      this.#tell();
    } catch (error) {
      const { problem } = this.publisher.state.get();
      // Closing the picker is no problem, and any other has a notice of its own.
      if (problem?.device !== 'screen') throw error;
      if (problem.fault === 'cancelled') this.publisher.dismissProblem();
      if (!this.#wishes.get().picture) await this.publisher.setVideoOff(true);
    }
  }

  stopSharing(): void {
    this.#change({ sharing: false });
    if (this.#wishes.get().picture) this.#open();
    else this.#host.attempt(this.publisher.setVideoOff(true), 'Sharing could not be stopped');
  }

  /** The camera in the settings has changed. */
  cameraChanged(): void {
    const { picture, sharing } = this.#wishes.get();
    if (this.#call !== null && picture && !sharing) this.#open();
  }

  microphoneChanged(): void {
    if (this.#call === null) return;
    this.#host.attempt(this.#openSound(), 'The microphone did not start');
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.follow(null);
    await this.#turn;
  }

  async #start(id: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { picture, muted } = this.#wishes.get();
    this.publisher.dismissProblem();
    await this.publisher.setMuted(muted);
    const sound = this.#openSound();
    if (picture) await this.#openCamera(signal);
    else await this.publisher.setVideoOff(true);
    await sound;
    if (signal.aborted) return;
    try {
      await this.publisher.goLive(id, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    this.#tell();
  }

  /** The camera; where it cannot be had, the test pattern when nobody is there, else no picture. */
  async #openCamera(signal: AbortSignal): Promise<void> {
    try {
      await this.publisher.selectVideo({ kind: 'camera', cameraId: this.#host.settings().cameraId }, signal);
    } catch {
      // The publisher has told why.
      if (signal.aborted) return;
      if (this.#host.unattended()) await this.publisher.selectVideo({ kind: 'test' }, signal);
      else await this.#withoutPicture();
    }
  }

  /** Being heard is better than no call; the notice that says what is wrong with the camera stays. */
  async #withoutPicture(): Promise<void> {
    this.#change({ picture: false });
    await this.publisher.setVideoOff(true);
  }

  async #openSound(): Promise<void> {
    try {
      await this.publisher.selectAudio({ id: this.#host.settings().microphoneId });
    } catch (error) {
      if (!this.publisher.state.get().problem) throw error;
    }
  }

  #open(): void {
    const signal = this.#running?.signal;
    if (!signal) return;
    this.#enqueue(async () => {
      if (!signal.aborted) await this.#openCamera(signal);
    }, 'The camera did not start');
  }

  /** The system's own button ends a share too. */
  #noteShareEnd({ video: picture, problem }: PublisherState): void {
    if (!this.#wishes.get().sharing || picture !== 'failed' || problem?.device !== 'screen') return;
    this.publisher.dismissProblem();
    this.stopSharing();
  }

  #change(change: Partial<CallWishes>): void {
    this.#wishes.update((wishes) => ({ ...wishes, ...change }));
    this.#remember();
    this.#tell();
  }

  #remember(): void {
    const { picture, muted } = this.#wishes.get();
    if (this.#call !== null) rememberChoice({ id: this.#call, picture, muted });
  }

  #tell(): void {
    const id = this.#call;
    if (id === null) return;
    const status = ownStatus(this.#wishes.get(), this.publisher.state.get());
    const told = JSON.stringify(status);
    if (told === this.#told) return;
    this.#told = told;
    this.#host.tell(id, status);
  }

  #enqueue(work: () => Promise<void>, what: string): void {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    this.#host.attempt(run, what);
  }
}

/** What is true of what is sent: wishes, unless a device does not give what is wished for. */
export function ownStatus(wishes: CallWishes, state: Pick<PublisherState, 'video' | 'audio'>): OwnStatus {
  const dark = state.video === 'failed';
  return {
    muted: wishes.muted || state.audio === 'failed',
    pictureOff: dark || !(wishes.picture || wishes.sharing),
    sharing: wishes.sharing && !dark,
  };
}
