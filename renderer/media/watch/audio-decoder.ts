import { type AudioConfig, containerSupported, PRIORITY } from '@moq/hang/catalog';
import * as Container from '@moq/hang/container';
import * as Util from '@moq/hang/util';
import type { Broadcast as Net, Time } from '@moq/net';
import { Effect, type Getter } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { asError } from '../../../common/base/errors.ts';
import { formOf } from './container-form.ts';

/** The first packets bring a decoder into step; what it gives for them is not what was recorded (RFC 7845, 4.6). */
const PRIMING_PACKETS = 3;
/** Packets that may wait in the decoder: over a second. It never is that slow. */
const MAX_DECODING = 64;

/** Whether this browser can decode it. False where the catalog says something that cannot be read. */
export async function canDecodeSound(config: AudioConfig): Promise<boolean> {
  if (!containerSupported(config.container) || !(await Util.Libav.polyfill())) return false;
  try {
    const { description } = formOf(config.container);
    return (await AudioDecoder.isConfigSupported(decoderConfig(config, description))).supported ?? false;
  } catch {
    return false;
  }
}

export interface SoundTrackEvents {
  /**
   * A packet of this media time (in milliseconds) can be decoded: it arrived, and so did all before it that are waited
   * for. What comes out of order after a stall tells nothing of the way.
   */
  arrived(mediaMs: number, bytes: number): void;
  /** Whoever is given samples closes them. */
  decoded(data: AudioData): void;
  /** It is of no more use. */
  failed(error: Error): void;
}

/** More than this between two packets, beyond their own length, is a gap. In microseconds: half of the usual packet. */
const GAP_US = 10_000;

/** Reads and decodes a sound track, until it is closed. */
export class SoundTrack {
  readonly #config: AudioConfig;
  readonly #events: SoundTrackEvents;
  readonly #effect = new Effect();
  #toPrime = PRIMING_PACKETS;

  /** `patienceMs`: how much may have come after a packet that is missing before it is given up. */
  constructor(
    broadcast: Broadcast,
    name: string,
    config: AudioConfig,
    patienceMs: Getter<Time.Milli>,
    events: SoundTrackEvents,
  ) {
    this.#config = config;
    this.#events = events;
    this.#effect.run((effect) => {
      const source = broadcast.relativeBroadcast(effect, config.broadcast);
      if (source) this.#read(effect, source, name, patienceMs);
    });
  }

  close(): void {
    this.#effect.close();
  }

  #read(effect: Effect, source: Net.Consumer, name: string, latency: Getter<Time.Milli>): void {
    const track = source.track(name).subscribe({ priority: PRIORITY.audio });
    effect.cleanup(() => track.close());
    const form = formOf(this.#config.container);
    const consumer = new Container.Consumer(track, { format: form.container, latency });
    effect.cleanup(() => consumer.close());
    effect.spawn(async () => {
      try {
        await this.#decode(effect, consumer, form.description);
      } catch (error) {
        if (!effect.abort.aborted) this.#events.failed(asError(error));
      }
    });
  }

  async #decode(effect: Effect, consumer: Container.Consumer, description?: Uint8Array): Promise<void> {
    // Safari has no decoder for sound in older versions; the library brings one.
    if (!(await Util.Libav.polyfill()) || effect.abort.aborted) return;
    this.#toPrime = PRIMING_PACKETS;
    const decoder = new AudioDecoder({
      output: (data) => {
        if (effect.abort.aborted || this.#toPrime-- > 0) data.close();
        else this.#events.decoded(data);
      },
      error: (error) => {
        if (!effect.abort.aborted) this.#events.failed(error);
      },
    });
    effect.cleanup(() => {
      if (decoder.state !== 'closed') decoder.close();
    });
    const config = decoderConfig(this.#config, description);
    decoder.configure(config);
    let lastUs = Number.NEGATIVE_INFINITY;
    let spanUs = Number.POSITIVE_INFINITY;
    for (;;) {
      const next = await consumer.next();
      if (!next || effect.abort.aborted || decoder.state === 'closed') return;
      const { frame } = next;
      if (!frame) continue;
      const { timestamp, payload: data } = frame;
      this.#events.arrived(timestamp / 1000, data.byteLength);
      if (decoder.decodeQueueSize > MAX_DECODING) continue;
      const stepUs = timestamp - lastUs;
      if (lastUs > Number.NEGATIVE_INFINITY && (stepUs <= 0 || stepUs > spanUs + GAP_US)) {
        // Chromium's decoder counts on from its first packet: what is missing would make all that comes later seem older.
        decoder.reset();
        decoder.configure(config);
        this.#toPrime = PRIMING_PACKETS;
      }
      if (stepUs > 0) spanUs = Math.min(spanUs, stepUs);
      lastUs = timestamp;
      decoder.decode(new EncodedAudioChunk({ type: frame.keyframe ? 'key' : 'delta', data, timestamp }));
    }
  }
}

function decoderConfig(
  { codec, sampleRate, numberOfChannels, description: written }: AudioConfig,
  ofContainer: Uint8Array | undefined,
): AudioDecoderConfig {
  // Opus packets come bare in every container; a description would announce Ogg's form.
  const known = codec === 'opus' ? undefined : written ? Util.Hex.toBytes(written) : ofContainer;
  return { codec, sampleRate, numberOfChannels, ...(known ? { description: known } : {}) };
}
