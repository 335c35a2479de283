import { type AudioConfig, containerSupported, PRIORITY } from '@moq/hang/catalog';
import * as Container from '@moq/hang/container';
import * as Util from '@moq/hang/util';
import type { Broadcast as Net, Time } from '@moq/net';
import { Effect, type Getter } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { asError } from '../../../common/base/errors.ts';
import { containerFormatOf } from './container-format.ts';

/**
 * Number of Opus packets whose output is discarded whenever the decoder starts. An Opus decoder needs a few
 * packets to converge, and until then its output differs from the recording (RFC 7845, section 4.6). Other
 * codecs do not need this. It would even do harm if a publisher sends their packets in bursts, because almost
 * every packet may then follow a gap and restart the decoder.
 */
const PRIMING_PACKETS = 3;
/**
 * Maximum number of packets queued in the decoder: more than a second. No working decoder is that far behind.
 */
const MAX_DECODING = 64;

/** Whether this browser can decode an audio track. False if its catalog entry cannot be parsed. */
export async function canDecodeAudio(config: AudioConfig): Promise<boolean> {
  if (!containerSupported(config.container) || !(await Util.Libav.polyfill())) return false;
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
   * Runs when a packet can be decoded, that is, when it and all earlier packets that are still expected have
   * arrived. `mediaMs` is its media time, in milliseconds. After a stall, a packet that arrives before
   * earlier ones is not reported until they arrive, because its own arrival time does not reflect the
   * network's delay.
   */
  arrived(mediaMs: number, bytes: number): void;
  /** Delivers decoded samples. The receiver must close them. */
  decoded(data: AudioData): void;
  /** Runs when the decoder has failed permanently. The receiver must close it. */
  failed(error: Error): void;
}

/**
 * A gap between the end of a packet and the next packet counts as missing audio if it is longer than this, in
 * microseconds: half of the usual packet duration.
 */
const GAP_US = 10_000;

/** Reads and decodes an audio track until it is closed. */
export class AudioTrackDecoder {
  readonly #config: AudioConfig;
  readonly #events: AudioTrackDecoderEvents;
  readonly #effect = new Effect();
  #toPrime = 0;

  /** @param maxWaitMs how much newer media may arrive before a missing packet is skipped, in milliseconds */
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
    const consumer = new Container.Consumer(track, { format: format.container, latency });
    effect.cleanup(() => consumer.close());
    effect.spawn(async () => {
      try {
        await this.#decode(effect, consumer, format.description);
      } catch (error) {
        if (!effect.abort.aborted) this.#events.failed(asError(error));
      }
    });
  }

  async #decode(effect: Effect, consumer: Container.Consumer, description?: Uint8Array): Promise<void> {
    // Older versions of Safari have no AudioDecoder, so hang loads a polyfill.
    if (!(await Util.Libav.polyfill()) || effect.abort.aborted) return;
    const config = decoderConfig(this.#config, description);
    this.#toPrime = primingPackets(config);
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
        // Chromium derives timestamps by counting samples from the first packet. Without a reset, a gap would
        // make all later audio appear older than it is.
        decoder.reset();
        decoder.configure(config);
        this.#toPrime = primingPackets(config);
      }
      if (stepUs > 0) spanUs = Math.min(spanUs, stepUs);
      lastUs = timestamp;
      decoder.decode(new EncodedAudioChunk({ type: frame.keyframe ? 'key' : 'delta', data, timestamp }));
    }
  }
}

function primingPackets({ codec }: AudioDecoderConfig): number {
  return codec === 'opus' ? PRIMING_PACKETS : 0;
}

function decoderConfig(
  { codec, sampleRate, numberOfChannels, description: catalogDescription }: AudioConfig,
  containerDescription: Uint8Array | undefined,
): AudioDecoderConfig {
  const known = catalogDescription ? Util.Hex.toBytes(catalogDescription) : containerDescription;
  // Every container here holds raw Opus packets, but a description would make the decoder expect Ogg framing.
  const description = codec === 'opus' ? undefined : known;
  return { codec, sampleRate, numberOfChannels, ...(description ? { description } : {}) };
}
