import { MediaError, toMediaError } from '../shared/media-error.ts';
import type { PublisherState } from '../shared/publisher-types.ts';
import type { AudioProcessing } from '../shared/source-types.ts';
import { type Microphone, openMicrophone } from './device-sources.ts';
import type { AudioChunk, AudioSink, Capture, Source } from './source.ts';

/** The microphone to use (`id: null` is the system default), or false if audio is off. */
type AudioPreference = { id: string | null } | false;

/** Receives the samples and events of an `AudioCapture`. */
interface AudioCaptureListener extends AudioSink {
  /** Runs when capture pauses: no samples arrive until it resumes. */
  paused(): void;
  status(status: PublisherState['audio']): void;
  problem(error: MediaError): void;
}

/**
 * Captures the video source's own audio if it has any, or else the preferred microphone. Opens a device only
 * while it is needed.
 */
export class AudioCapture {
  readonly #listener: AudioCaptureListener;
  #active = false;
  #preference: AudioPreference = { id: null };
  #muted = false;
  #source: Source | null = null;
  #sourceAudio: { source: Source; capture: Capture } | null = null;
  #processing: AudioProcessing = { echoCancellation: true, noiseSuppression: true, autoGain: true };
  #microphone: { id: string | null; processing: AudioProcessing; device: Microphone } | null = null;
  /**
   * Incremented by each change to the preferences or the source, so that a pending change can detect that it
   * has been superseded.
   */
  #generation = 0;

  constructor(listener: AudioCaptureListener) {
    this.#listener = listener;
  }

  /** Whether the preferences include audio. */
  get expected(): boolean {
    return this.#preference !== false && !this.#muted;
  }

  /**
   * Starts capturing with the current preferences.
   * @throws MediaError, which the listener also receives
   */
  start(): Promise<void> {
    this.#active = true;
    return this.#apply();
  }

  /** Sets the microphone preference and starts capturing. Throws like `start`. */
  select(preference: AudioPreference): Promise<void> {
    this.#preference = preference;
    this.#active = true;
    return this.#apply();
  }

  /**
   * Changes the audio processing. An open microphone is reopened, because some systems cannot change the
   * processing during use. Throws like `start`.
   */
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

  /** Mutes or unmutes the microphone; muting releases it. Throws like `start`. */
  setMuted(muted: boolean): Promise<void> {
    this.#muted = muted;
    return this.#apply();
  }

  /**
   * Sets the open video source. The source's own audio takes precedence over the microphone. Throws like
   * `start`.
   */
  setSource(source: Source | null): Promise<void> {
    this.#source = source;
    return this.#apply();
  }

  /** Releases everything except the preferences. */
  stop(): void {
    this.#active = false;
    this.#generation++;
    this.#releaseSourceAudio();
    this.#releaseMicrophone();
    this.#listener.paused();
    this.#listener.status(this.#muted ? 'muted' : 'off');
  }

  async #apply(): Promise<void> {
    const generation = ++this.#generation;
    if (!this.#active || !this.expected) {
      this.#releaseSourceAudio();
      this.#releaseMicrophone();
      this.#listener.paused();
      this.#listener.status(this.#preference !== false && this.#muted ? 'muted' : 'off');
      return;
    }
    if (this.#source?.hasAudio) {
      this.#releaseMicrophone();
      this.#useSourceAudio(this.#source);
      this.#listener.status('on');
      return;
    }
    this.#releaseSourceAudio();
    await this.#useMicrophone(this.#preference === false ? null : this.#preference.id, generation);
  }

  #useSourceAudio(source: Source): void {
    if (this.#sourceAudio?.source === source) return;
    this.#releaseSourceAudio();
    const capture = source.startAudio(this.#sink());
    if (capture) this.#sourceAudio = { source, capture };
  }

  async #useMicrophone(id: string | null, generation: number): Promise<void> {
    const processing = this.#processing;
    if (this.#microphone?.id === id && this.#microphone.processing === processing) {
      this.#listener.status('on');
      return;
    }
    if (!this.#microphone) this.#listener.status('starting');
    try {
      const open = await openMicrophone(id, processing);
      if (generation !== this.#generation) {
        // The preferences or the source changed while the microphone was being opened.
        open({ chunk: () => undefined }).close();
        return;
      }
      this.#releaseMicrophone();
      const device = open(this.#sink());
      device.onEnded = () => this.#handleUnplugged(device);
      this.#microphone = { id, processing, device };
      this.#listener.status('on');
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#releaseMicrophone();
      this.#listener.paused();
      this.#listener.status('failed');
      const problem = toMediaError('microphone', error);
      this.#listener.problem(problem);
      throw problem;
    }
  }

  #handleUnplugged(device: Microphone): void {
    if (this.#microphone?.device !== device) return;
    this.#releaseMicrophone();
    this.#listener.paused();
    this.#listener.status('failed');
    this.#listener.problem(new MediaError('microphone', 'unplugged'));
  }

  #sink(): AudioSink {
    return { chunk: (chunk: AudioChunk) => this.#listener.chunk(chunk) };
  }

  #releaseSourceAudio(): void {
    this.#sourceAudio?.capture.close();
    this.#sourceAudio = null;
  }

  #releaseMicrophone(): void {
    this.#microphone?.device.close();
    this.#microphone = null;
  }
}
