import * as Catalog from '@moq/hang/catalog';
import { CLOCK_SECTION } from '../shared/clock-section.ts';
import { RATES_SECTION, type RatesSection } from '../shared/rates-section.ts';
import type { RenditionPlan } from './codecs.ts';

/** Name of the audio track; a broadcast has at most one. */
export const AUDIO_TRACK = 'audio/opus';
/** Duration of an Opus frame, in milliseconds. 20 ms is the usual compromise between delay and overhead. */
export const OPUS_FRAME_MS = 20;
/** Sample rate of decoded Opus audio, regardless of the capture rate. */
const OPUS_RATE_HZ = 48_000;
/**
 * Opus bitrates, in bits per second, at which speech and music have no audible loss (RFC 7587, section
 * 3.1.1).
 */
const MONO_BPS = 64_000;
const STEREO_BPS = 96_000;

/** Format of captured audio. */
export interface AudioFormat {
  channels: number;
  /** Sample rate of the capture; the encoder accepts any rate. */
  sampleRateHz: number;
}

/** Bitrate of the Opus encoder, in bits per second. */
export function audioBitrateBps(channels: number): number {
  return channels > 1 ? STEREO_BPS : MONO_BPS;
}

/**
 * Builds the broadcast's catalog in hang's format. Video or audio that is off is not listed, so that players
 * stop reading its track.
 *
 * @param epochMs wall-clock time at media timestamp 0, in milliseconds since the epoch
 */
export function buildCatalog(
  renditions: readonly RenditionPlan[],
  audio: AudioFormat | null,
  epochMs: number = Math.round(performance.timeOrigin),
): Catalog.Root {
  const rates = ratesOf(renditions);
  return {
    [CLOCK_SECTION]: { epochMs },
    ...(Object.keys(rates).length > 0 ? { [RATES_SECTION]: rates } : {}),
    video: { renditions: Object.fromEntries(renditions.map((plan) => [plan.name, videoConfig(plan)])) },
    audio: { renditions: audio ? { [AUDIO_TRACK]: audioConfig(audio) } : {} },
  };
}

function ratesOf(renditions: readonly RenditionPlan[]): RatesSection {
  return Object.fromEntries(
    renditions.flatMap(({ name, minBitrateBps }) =>
      minBitrateBps === undefined ? [] : [[name, { minBitrate: minBitrateBps }]],
    ),
  );
}

function videoConfig({ encoder, catalogCodec }: RenditionPlan): Catalog.VideoConfig {
  const frameRate = encoder.framerate ?? 30;
  return {
    codec: catalogCodec,
    container: { kind: 'legacy' },
    codedWidth: Catalog.u53(encoder.width),
    codedHeight: Catalog.u53(encoder.height),
    framerate: frameRate,
    bitrate: Catalog.u53(encoder.bitrate ?? 0),
    optimizeForLatency: true,
    // Frames are sent as soon as they are encoded, so a player needs to buffer only one frame interval.
    jitter: Catalog.u53(Math.ceil(1000 / frameRate)),
  };
}

function audioConfig({ channels }: AudioFormat): Catalog.AudioConfig {
  return {
    codec: 'opus',
    container: { kind: 'legacy' },
    sampleRate: Catalog.u53(OPUS_RATE_HZ),
    numberOfChannels: Catalog.u53(channels),
    bitrate: Catalog.u53(audioBitrateBps(channels)),
    jitter: Catalog.u53(OPUS_FRAME_MS),
  };
}
