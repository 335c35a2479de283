import { type AudioConfig, containerSupported, PRIORITY } from '@moq/hang/catalog';
import * as Util from '@moq/hang/util';
import type { Broadcast as Net, Time } from '@moq/net';
import { Effect, type Getter } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { asError } from '../../../common/base/errors.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { containerFormatOf } from './container-format.ts';
import { DecoderTimeline } from './decoder-timeline.ts';
import { opusPacketDurationUs } from './packet-duration.ts';
import { type Packet, PacketReader } from './packet-reader.ts';

/**
 * How much of an Opus decoder's first output is discarded, in microseconds. Until the decoder has converged,
 * its output is wrong (RFC 7845, section 4.6).
 */
const OPUS_PRIMING_US = 80_000;
/**
 * Maximum number of packets queued in the decoder: more than a second of audio, which only a burst can fill.
 */
const MAX_DECODING = 64;
/** Interval at which a full decoder is checked, in milliseconds. */
const CHECK_MS = 5;
/**
 * How long to wait for the first packet's output before decoding the next one, in milliseconds. The output
 * reveals the packets' duration, for codecs whose packets do not declare it.
 */
const LEARN_MS = 100;

/** Whether this browser has an audio decoder. Safari has one since version 26. */
export function canDecodeAnyAudio(): boolean {
  return 'AudioDecoder' in globalThis;
}

/** Whether this browser can decode an audio track. False if its catalog entry cannot be parsed. */
export async function canDecodeAudio(config: AudioConfig): Promise<boolean> {
  if (!containerSupported(config.container) || !canDecodeAnyAudio()) return false;
  try {
    const { description } = containerFormatOf(config.container);
    return (await AudioDecoder.isConfigSupported(decoderConfig(config, description))).supported ?? false;
  } catch {
    return false;
  }
}

/** Callbacks for an `AudioTrackDecoder`. */
export interface AudioTrackDecoderEvents {
  /**
   * Runs when a packet with media time `mediaMs` (milliseconds) can be decoded. A packet that overtakes
   * earlier ones is reported once they have arrived, because its own arrival time does not reflect the
   * network's delay.
   */
  arrived(mediaMs: number, bytes: number): void;
  /**
   * Delivers decoded samples, which the receiver must close. `mediaUs` is their media time in microseconds;
   * the timestamp in `data` is on the decoder's timeline.
   */
  decoded(data: AudioData, mediaUs: number): void;
  /** Runs when the decoder has failed permanently. The receiver must close it. */
  failed(error: Error): void;
}

/** Reads and decodes an audio track until it is closed. */
export class AudioTrackDecoder {
  readonly #config: AudioConfig;
  readonly #events: AudioTrackDecoderEvents;
  readonly #effect = new Effect();

  /** @param maxWaitMs how much newer media can arrive before a missing packet is skipped, in milliseconds */
  constructor(
    broadcast: Broadcast,
    name: string,
    config: AudioConfig,
    maxWaitMs: Getter<Time.Milli>,
    events: AudioTrackDecoderEvents,
  ) {
    this.#config = config;
    this.#events = events;
    this.#effect.run((effect) => {
      const source = broadcast.relativeBroadcast(effect, config.broadcast);
      if (source) this.#read(effect, source, name, maxWaitMs);
    });
  }

  close(): void {
    this.#effect.close();
  }

  #read(effect: Effect, source: Net.Consumer, name: string, latency: Getter<Time.Milli>): void {
    const track = source.track(name).subscribe({ priority: PRIORITY.audio });
    effect.cleanup(() => track.close());
    const format = containerFormatOf(this.#config.container);
    const packets = new PacketReader(track, format.container, latency, (packet) => this.#durationUs(packet));
    effect.cleanup(() => packets.close());
    effect.spawn(async () => {
      try {
        await this.#decode(effect, packets, format.description);
      } catch (error) {
        if (!effect.abort.aborted) this.#events.failed(asError(error));
      }
    });
  }

  async #decode(effect: Effect, packets: PacketReader, description?: Uint8Array): Promise<void> {
    const timeline = new DecoderTimeline();
    let primedUs: number | undefined;
    const learned = new AbortController();
    const decoder = new AudioDecoder({
      output: (data) => {
        const mediaUs = timeline.output(data.timestamp, (data.numberOfFrames * 1_000_000) / data.sampleRate);
        learned.abort();
        primedUs ??= data.timestamp + (this.#config.codec === 'opus' ? OPUS_PRIMING_US : 0);
        if (effect.abort.aborted || data.timestamp < primedUs) data.close();
        else this.#events.decoded(data, mediaUs);
      },
      error: (error) => {
        if (!effect.abort.aborted) this.#events.failed(error);
      },
    });
    effect.cleanup(() => {
      if (decoder.state !== 'closed') decoder.close();
    });
    decoder.configure(decoderConfig(this.#config, description));
    for (let first = true; ; first = false) {
      const packet = await packets.next();
      if (!packet || effect.abort.aborted) return;
      const { payload: data } = packet;
      this.#events.arrived(packet.timestamp / 1000, data.byteLength);
      while (decoder.state === 'configured' && decoder.decodeQueueSize > MAX_DECODING) {
        await sleep(CHECK_MS, effect.abort);
      }
      if (effect.abort.aborted || decoder.state === 'closed') return;
      const durationUs = this.#durationUs(packet);
      const timestamp = timeline.add(packet.timestamp, durationUs);
      decoder.decode(new EncodedAudioChunk({ type: packet.keyframe ? 'key' : 'delta', data, timestamp }));
      if (first && durationUs === undefined) await sleep(LEARN_MS, effect.abort, learned.signal);
    }
  }

  #durationUs({ payload, duration }: Packet): number | undefined {
    return this.#config.codec === 'opus' ? opusPacketDurationUs(payload) : duration || undefined;
  }
}

function decoderConfig(
  { codec, sampleRate, numberOfChannels, description: catalogDescription }: AudioConfig,
  containerDescription: Uint8Array | undefined,
): AudioDecoderConfig {
  const known = catalogDescription ? Util.Hex.toBytes(catalogDescription) : containerDescription;
  // Every container here contains raw Opus packets, but a description would make the decoder expect Ogg
  // framing.
  const description = codec === 'opus' ? undefined : known;
  return { codec, sampleRate, numberOfChannels, ...(description ? { description } : {}) };
}
