import { asMediaError, MediaError } from '../shared/faults.ts';
import type { PublisherState, AudioProcessing } from '../shared/types.ts';
import { type Microphone, openMicrophone } from './device-sources.ts';
import type { Running, SoundChunk, SoundSink, Source } from './inputs.ts';

export type SoundWish = { id: string | null } | false;
export type SoundStatus = PublisherState['audio'];

/** Whom the capture gives samples to and tells what it does. */
export interface SoundCaptureOwner {
  chunk(chunk: SoundChunk): void;
  /** No samples come until further notice. */
  silent(): void;
  status(status: SoundStatus): void;
  problem(error: MediaError): void;
}

/**
 * Where sound comes from: the source's own, or the microphone wished for, or nothing. It opens what the present
 * wishes need and releases the rest.
 */
export class SoundCapture {
  readonly #owner: SoundCaptureOwner;
  #wanted = false;
  #wish: SoundWish = { id: null };
  #muted = false;
  #source: Source | null = null;
  #own: { source: Source; running: Running } | null = null;
  #processing: AudioProcessing = { echoCancellation: true, noiseSuppression: true, autoGain: true };
  #microphone: { id: string | null; processing: AudioProcessing; device: Microphone } | null = null;
  #turn = 0;

  constructor(owner: SoundCaptureOwner) {
    this.#owner = owner;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Whether sound is meant to flow. */
  get expected(): boolean {
    return this.#wish !== false && !this.#muted;
  }

  /** Starts capturing by the present wishes. Rejects with MediaError, which the owner was told of too. */
  start(): Promise<void> {
    this.#wanted = true;
    return this.#apply();
  }

  choose(wish: SoundWish): Promise<void> {
    this.#wish = wish;
    this.#wanted = true;
    return this.#apply();
  }

  /** An open microphone is opened anew: not every system changes one that is in use. */
  async setProcessing(processing: AudioProcessing): Promise<void> {
    const before = this.#processing;
    const same =
      before.echoCancellation === processing.echoCancellation &&
      before.noiseSuppression === processing.noiseSuppression &&
      before.autoGain === processing.autoGain;
    if (same) return;
    this.#processing = processing;
    if (this.#microphone) await this.#apply();
  }

  setMuted(muted: boolean): Promise<void> {
    this.#muted = muted;
    return this.#apply();
  }

  /** The source that is shown now; its own sound goes before the microphone. */
  setSource(source: Source | null): Promise<void> {
    this.#source = source;
    return this.#apply();
  }

  /** Releases everything; the wishes stay. */
  stop(): void {
    this.#wanted = false;
    this.#turn++;
    this.#releaseOwn();
    this.#releaseMicrophone();
    this.#owner.silent();
    this.#owner.status(this.#muted ? 'muted' : 'off');
  }

  async #apply(): Promise<void> {
    const turn = ++this.#turn;
    if (!this.#wanted || !this.expected) {
      this.#releaseOwn();
      this.#releaseMicrophone();
      this.#owner.silent();
      this.#owner.status(this.#wish !== false && this.#muted ? 'muted' : 'off');
      return;
    }
    if (this.#source?.hasSound) {
      this.#releaseMicrophone();
      this.#useOwn(this.#source);
      this.#owner.status('on');
      return;
    }
    this.#releaseOwn();
    await this.#useMicrophone(this.#wish === false ? null : this.#wish.id, turn);
  }

  #useOwn(source: Source): void {
    if (this.#own?.source === source) return;
    this.#releaseOwn();
    const running = source.startSound(this.#sink());
    if (running) this.#own = { source, running };
  }

  async #useMicrophone(id: string | null, turn: number): Promise<void> {
    const processing = this.#processing;
    if (this.#microphone?.id === id && this.#microphone.processing === processing) {
      this.#owner.status('on');
      return;
    }
    if (!this.#microphone) this.#owner.status('starting');
    try {
      const open = await openMicrophone(id, processing);
      if (turn !== this.#turn) {
        // Another wish came meanwhile.
        open({ chunk: () => undefined }).close();
        return;
      }
      this.#releaseMicrophone();
      const device = open(this.#sink());
      device.onEnded = () => this.#unplugged(device);
      this.#microphone = { id, processing, device };
      this.#owner.status('on');
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#releaseMicrophone();
      this.#owner.silent();
      this.#owner.status('failed');
      const problem = asMediaError('microphone', error);
      this.#owner.problem(problem);
      throw problem;
    }
  }

  #unplugged(device: Microphone): void {
    if (this.#microphone?.device !== device) return;
    this.#releaseMicrophone();
    this.#owner.silent();
    this.#owner.status('failed');
    this.#owner.problem(new MediaError('microphone', 'unplugged'));
  }

  #sink(): SoundSink {
    return { chunk: (chunk) => this.#owner.chunk(chunk) };
  }

  #releaseOwn(): void {
    this.#own?.running.close();
    this.#own = null;
  }

  #releaseMicrophone(): void {
    this.#microphone?.device.close();
    this.#microphone = null;
  }
}
