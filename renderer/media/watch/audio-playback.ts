import type { Time } from '@moq/net';
import { Effect, Signal } from '@moq/signals';
import { Audio, type Broadcast } from '@moq/watch';
import { type AudioFormat, AudioOutput } from './audio-output.ts';
import { AudioTrackDecoder, canDecodeAudio } from './audio-track-decoder.ts';
import { BurstMeter } from './burst-meter.ts';
import { AUDIO_JITTER, JitterTarget } from './jitter.ts';
import { type AudioSettings, PlayerAudio } from './player-audio.ts';

/** Maximum additional audio delay for lip sync, in milliseconds. */
const MAX_DELAY_MS = 500;
/** Step size of the lip-sync delay, in milliseconds. Smaller changes would not be noticeable. */
const DELAY_STEP_MS = 20;
/** Number of consecutive requests before the delay changes: two seconds at one request every half second. */
const REQUESTS_BEFORE_CHANGE = 4;
/**
 * Minimum amount by which the buffer exceeds one output block, in milliseconds. This margin bridges the time
 * until the next packet arrives.
 */
const BLOCK_SLACK_MS = 10;
/** Pause between a decoder failure and the next attempt, in milliseconds. */
const RETRY_MS = 1_000;

/** Settings for an `AudioPlayback`. */
export interface AudioPlaybackSettings extends AudioSettings {
  /** Fixed buffer in milliseconds, or `real-time` for the smallest buffer that plays without gaps. */
  readonly latency: Signal<'real-time' | number>;
  /** Whether audio starts only after a click or key press in the page. */
  readonly audioNeedsGesture: boolean;
}

/** Callbacks for an `AudioPlayback`. */
export interface AudioPlaybackEvents {
  /** Runs after a state change that the views should show immediately. */
  changed(): void;
  /** Runs when a packet arrives. `mediaMs` is its media time, in milliseconds. */
  arrived(mediaMs: number, bytes: number): void;
}

/**
 * Reads, decodes and plays the audio of a broadcast. The arrival times of its packets determine the size of its jitter
 * buffer.
 */
export class AudioPlayback {
  readonly #source: Audio.Source;
  readonly #output: AudioOutput;
  readonly #playerAudio: PlayerAudio;
  readonly #jitter = new JitterTarget(AUDIO_JITTER);
  readonly #bursts = new BurstMeter();
  readonly #format = new Signal<AudioFormat | undefined>(undefined);
  /** Incremented to restart the decoder. */
  readonly #attempt = new Signal(0);
  readonly #targetMs: Signal<Time.Milli>;
  readonly #effect = new Effect();
  readonly #latency: AudioPlaybackSettings['latency'];
  /** Whether this browser failed to decode an audio track. */
  #refused = false;
  #delayMs = 0;
  #requests = 0;

  constructor(broadcast: Broadcast, settings: AudioPlaybackSettings, events: AudioPlaybackEvents) {
    this.#latency = settings.latency;
    this.#targetMs = new Signal(this.#jitter.targetMs as Time.Milli);
    this.#source = new Audio.Source({
      broadcast,
      supported: async (config) => {
        const supported = await canDecodeAudio(config);
        if (!supported) {
          this.#refused = true;
          events.changed();
        }
        return supported;
      },
    });
    this.#output = new AudioOutput(this.#format, this.#targetMs, settings.audioNeedsGesture);
    this.#playerAudio = new PlayerAudio(this.#output, settings, () => events.changed());
    this.#effect.subscribe(settings.latency, () => this.#applyTarget());
    this.#effect.run((effect) => this.#read(effect, broadcast, events));
  }

  /** Whether the browser blocks audio until a click or key press. */
  get blocked(): boolean {
    return this.#playerAudio.blocked;
  }

  /** True once the browser is known to be unable to decode any of the broadcast's audio tracks. */
  get unsupported(): boolean {
    return this.#refused && Object.keys(this.#source.out.available.peek()).length === 0;
  }

  /** Level of the audio that is being played, 0..1. */
  level(): number {
    return this.#playerAudio.level();
  }

  /** Duration of the buffered audio in milliseconds. */
  get bufferMs(): number {
    return this.#output.levelMs;
  }

  /** Age of the currently audible audio (clock minus media time), in milliseconds. Undefined while silent. */
  get ageMs(): number | undefined {
    const { ageMs } = this.#output;
    return this.#playerAudio.blocked || ageMs === undefined
      ? undefined
      : ageMs + this.#playerAudio.outputLatencyMs;
  }

  /**
   * Requests a lip-sync delay. Call this every half second; only a lasting difference changes the delay.
   *
   * @param videoLateMs by how much the video's lag behind the audio exceeds the allowed maximum, in
   * milliseconds; negative if the audio could play earlier
   */
  requestDelay(videoLateMs: number): void {
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, this.#delayMs + videoLateMs));
    const worthwhile = delayMs > this.#delayMs || delayMs < this.#delayMs - 2 * DELAY_STEP_MS;
    this.#requests = worthwhile ? this.#requests + 1 : 0;
    if (this.#requests < REQUESTS_BEFORE_CHANGE) return;
    this.#requests = 0;
    this.#delayMs = DELAY_STEP_MS * Math.ceil(delayMs / DELAY_STEP_MS);
    this.#applyTarget();
  }

  close(): void {
    this.#effect.close();
    this.#playerAudio.close();
    this.#output.close();
    this.#source.close();
  }

  #read(effect: Effect, broadcast: Broadcast, events: AudioPlaybackEvents): void {
    const name = effect.get(this.#source.out.track);
    const config = effect.get(this.#source.out.config);
    effect.get(this.#attempt);
    if (name === undefined || !config) return;
    effect.set(this.#format, { sampleRateHz: config.sampleRate, channels: config.numberOfChannels });
    const decoder = new AudioTrackDecoder(broadcast, name, config, this.#targetMs, {
      arrived: (mediaMs, bytes) => {
        const nowMs = performance.now();
        const jitterChanged = this.#jitter.addArrival(mediaMs, nowMs);
        if (this.#bursts.addArrival(mediaMs, nowMs) || jitterChanged) this.#applyTarget();
        events.arrived(mediaMs, bytes);
      },
      decoded: (data, mediaUs) => this.#output.play(data, mediaUs),
      failed: () => {
        decoder.close();
        effect.timer(() => this.#attempt.update((attempt) => attempt + 1), RETRY_MS);
      },
    });
    effect.cleanup(() => decoder.close());
  }

  /**
   * Sets the buffer's target: the fixed latency, or else the larger of the jitter target and the publisher's
   * bursts, plus the lip-sync delay.
   */
  #applyTarget(): void {
    const fixed = this.#latency.peek();
    const ownMs = fixed === 'real-time' ? Math.max(this.#jitter.targetMs, this.#bursts.bufferMs) : fixed;
    const blockMs = (this.#output.context.peek()?.baseLatency ?? 0) * 1000;
    const minMs = Math.max(AUDIO_JITTER.minMs, blockMs + BLOCK_SLACK_MS);
    this.#targetMs.set(Math.round(Math.max(minMs, ownMs) + this.#delayMs) as Time.Milli);
  }
}
