import type { Time } from '@moq/net';
import { Effect, Signal } from '@moq/signals';
import { Audio, type Broadcast } from '@moq/watch';
import { canDecodeSound, SoundTrack } from './audio-decoder.ts';
import { type SoundForm, SoundOutput } from './audio-output.ts';
import { JitterTarget, SOUND_JITTER } from './jitter.ts';
import { PlayerSound, type SoundSettings } from './player-audio.ts';

/** How much later than it could be the sound is made at most, to wait for its picture. In milliseconds. */
const MAX_WAIT_MS = 500;
/** The sound follows the picture in steps of this, in milliseconds: no small change is worth it. */
const WAIT_STEP_MS = 20;
/** It is asked for this often in a row before the sound changes: two seconds. */
const ASKED_TIMES = 4;
/** What the context asks for at once, and as much again until the next packet, must be there. In milliseconds. */
const BLOCK_SLACK_MS = 10;
/** After a decoder failed none is opened for this time, in milliseconds. */
const RETRY_MS = 1_000;

export interface SoundLineSettings extends SoundSettings {
  readonly latency: Signal<'real-time' | number>;
}

export interface SoundLineEvents {
  /** Something worth showing at once changed. */
  changed(): void;
  /** A packet of this media time (in milliseconds) arrived. */
  arrived(mediaMs: number, bytes: number): void;
}

/** Reads, decodes and plays the sound of one appearance of a broadcast. Its buffer follows its own arrivals. */
export class SoundLine {
  readonly #source: Audio.Source;
  readonly #output: SoundOutput;
  readonly #sound: PlayerSound;
  readonly #jitter = new JitterTarget(SOUND_JITTER);
  readonly #form = new Signal<SoundForm | undefined>(undefined);
  /** Counted up to decode anew. */
  readonly #attempt = new Signal(0);
  readonly #targetMs: Signal<Time.Milli>;
  readonly #effect = new Effect();
  readonly #latency: SoundLineSettings['latency'];
  #waitMs = 0;
  #asked = 0;

  constructor(broadcast: Broadcast, settings: SoundLineSettings, events: SoundLineEvents) {
    this.#latency = settings.latency;
    this.#targetMs = new Signal(this.#jitter.targetMs as Time.Milli);
    this.#source = new Audio.Source({ broadcast, supported: canDecodeSound });
    this.#output = new SoundOutput(this.#form, this.#targetMs);
    this.#sound = new PlayerSound(this.#output, settings, () => events.changed());
    this.#effect.subscribe(settings.latency, () => this.#apply());
    this.#effect.run((effect) => this.#read(effect, broadcast, events));
  }

  /** Whether the browser waits for a click or key before it lets sound out. */
  get blocked(): boolean {
    return this.#sound.blocked;
  }

  /** Level of what is heard, 0..1. */
  level(): number {
    return this.#sound.level();
  }

  /** In milliseconds. */
  get bufferMs(): number {
    return this.#output.levelMs;
  }

  /** The clock minus the media time that is heard now, in milliseconds; undefined while nothing is. */
  get ageMs(): number | undefined {
    const { ageMs } = this.#output;
    return this.#sound.blocked || ageMs === undefined ? undefined : ageMs + this.#sound.outputLatencyMs;
  }

  /**
   * The picture is this much later than it may be, or could be earlier (below zero), in milliseconds. Called every
   * half second; only what lasts counts.
   */
  waitFor(pictureLateMs: number): void {
    const wishMs = Math.min(MAX_WAIT_MS, Math.max(0, this.#waitMs + pictureLateMs));
    const worthIt = wishMs > this.#waitMs || wishMs < this.#waitMs - 2 * WAIT_STEP_MS;
    this.#asked = worthIt ? this.#asked + 1 : 0;
    if (this.#asked < ASKED_TIMES) return;
    this.#asked = 0;
    this.#waitMs = WAIT_STEP_MS * Math.ceil(wishMs / WAIT_STEP_MS);
    this.#apply();
  }

  close(): void {
    this.#effect.close();
    this.#sound.close();
    this.#output.close();
    this.#source.close();
  }

  #read(effect: Effect, broadcast: Broadcast, events: SoundLineEvents): void {
    const name = effect.get(this.#source.out.track);
    const config = effect.get(this.#source.out.config);
    effect.get(this.#attempt);
    if (name === undefined || !config) return;
    effect.set(this.#form, { sampleRateHz: config.sampleRate, channels: config.numberOfChannels });
    const track = new SoundTrack(broadcast, name, config, this.#targetMs, {
      arrived: (mediaMs, bytes) => {
        if (this.#jitter.arrived(mediaMs, performance.now())) this.#apply();
        events.arrived(mediaMs, bytes);
      },
      decoded: (data) => this.#output.play(data),
      failed: () => {
        track.close();
        effect.timer(() => this.#attempt.update((attempt) => attempt + 1), RETRY_MS);
      },
    });
    effect.cleanup(() => track.close());
  }

  /** A fixed latency as it is wished for; in real time, what arrivals show to be needed. */
  #apply(): void {
    const fixed = this.#latency.peek();
    const ownMs = fixed === 'real-time' ? this.#jitter.targetMs : fixed;
    const blockMs = (this.#output.context.peek()?.baseLatency ?? 0) * 1000;
    const leastMs = Math.max(SOUND_JITTER.minMs, blockMs + BLOCK_SLACK_MS);
    this.#targetMs.set(Math.round(Math.max(leastMs, ownMs) + this.#waitMs) as Time.Milli);
  }
}
