import type { Time } from '@moq/net';
import { Effect, Signal } from '@moq/signals';
import { Audio, type Broadcast } from '@moq/watch';
import { ArrivalSync, JitterTarget, SOUND_JITTER } from './jitter.ts';
import { PlayerSound, type SoundSettings } from './player-sound.ts';
import { PositionMeter } from './player-stats.ts';

/** How much later than it could be the sound is made at most, to wait for its picture. In milliseconds. */
const MAX_WAIT_MS = 500;
/** Each change is heard a little, so the sound follows the picture in steps of this. In milliseconds. */
const WAIT_STEP_MS = 20;
/** It is asked for this often in a row before the sound changes: two seconds. */
const ASKED_TIMES = 4;

export interface SoundLineSettings extends SoundSettings {
  readonly latency: Signal<'real-time' | number>;
}

export interface SoundLineEvents {
  /** Something worth showing at once changed. */
  changed(): void;
  /** A packet of this media time (in milliseconds) arrived. */
  arrived(mediaMs: number, bytes: number): void;
}

/**
 * The library empties its buffer whenever the latency is raised, which is heard as a hole. Where packets came late the
 * buffer ran dry just before, and fills by itself as far as it may: it is only to be refilled where we say so.
 */
class SoundDecoder extends Audio.Decoder {
  override reset(): void {
    // Not when the library asks.
  }

  /** Silence until the buffer is as full as it is to be. */
  refill(): void {
    super.reset();
  }
}

/** Reads, decodes and plays the sound of one appearance of a broadcast. Its buffer follows its own arrivals. */
export class SoundLine {
  readonly #source: Audio.Source;
  readonly #decoder: SoundDecoder;
  readonly #sync: ArrivalSync;
  readonly #sound: PlayerSound;
  readonly #jitter = new JitterTarget();
  readonly #latency: Signal<Time.Milli>;
  readonly #effect = new Effect();
  readonly #position = new PositionMeter();
  #waitMs = 0;
  #asked = 0;
  #bytes = 0;
  #apply: () => void = () => undefined;

  constructor(broadcast: Broadcast, settings: SoundLineSettings, events: SoundLineEvents) {
    this.#source = new Audio.Source({ broadcast, supported: Audio.Decoder.supported });
    this.#latency = new Signal(this.#jitter.targetMs as Time.Milli);
    this.#sync = new ArrivalSync({ latency: this.#latency, audio: this.#source.out.jitter });
    this.#decoder = new SoundDecoder(this.#source, this.#sync, { enabled: true });
    this.#sound = new PlayerSound(this.#decoder, settings, () => events.changed());
    this.#follow(settings.latency);
    this.#sync.onArrival = (mediaMs) => this.#arrived(mediaMs, events);
    this.#effect.subscribe(this.#decoder.out.timestamp, (timestampMs) => {
      if (timestampMs) this.#position.at(timestampMs - this.#sound.outputLatencyMs);
    });
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
    return this.#sync.out.buffer.peek();
  }

  /** The clock minus the media time that is heard now, in milliseconds; undefined while nothing is. */
  get ageMs(): number | undefined {
    return this.#sound.blocked ? undefined : this.#position.ageMs();
  }

  /**
   * The picture is this much later than it may be, or could be earlier (below zero), in milliseconds. Called every
   * half second. Each change is heard, so only what lasts counts.
   */
  waitFor(pictureLateMs: number): void {
    const wishMs = Math.min(MAX_WAIT_MS, Math.max(0, this.#waitMs + pictureLateMs));
    const up = wishMs > this.#waitMs;
    const worthIt = up || wishMs < this.#waitMs - 2 * WAIT_STEP_MS;
    this.#asked = worthIt ? this.#asked + 1 : 0;
    if (this.#asked < ASKED_TIMES) return;
    this.#asked = 0;
    this.#waitMs = WAIT_STEP_MS * Math.ceil(wishMs / WAIT_STEP_MS);
    this.#apply();
    if (up) this.#decoder.refill();
  }

  close(): void {
    this.#effect.close();
    this.#sound.close();
    this.#decoder.close();
    this.#source.close();
    this.#sync.close();
  }

  /** A fixed latency as it is wished for; in real time, what arrivals show to be needed. */
  #follow(wish: SoundLineSettings['latency']): void {
    this.#apply = () => {
      const fixed = wish.peek();
      // The pace at which the track declares to be sent is held back in any case.
      const declaredMs = this.#source.out.jitter.peek() ?? 0;
      const ownMs = fixed === 'real-time' ? this.#jitter.targetMs - declaredMs : fixed;
      this.#latency.set(Math.max(SOUND_JITTER.minMs, ownMs + this.#waitMs) as Time.Milli);
    };
    this.#effect.subscribe(wish, (latency) => {
      this.#apply();
      if (latency !== 'real-time') this.#decoder.refill();
    });
  }

  #arrived(mediaMs: number, events: SoundLineEvents): void {
    if (this.#jitter.arrived(mediaMs, performance.now())) this.#apply();
    // The library counts a packet's bytes after it told of its arrival.
    const bytes = this.#decoder.out.stats.peek()?.bytesReceived ?? 0;
    events.arrived(mediaMs, bytes - this.#bytes);
    this.#bytes = bytes;
  }
}
