import * as Catalog from '@moq/hang/catalog';
import type { RenditionPlan } from '../publish/codecs.ts';
import { CLOCK_SECTION } from './clock-section.ts';

/** The name of the one sound track. */
export const SOUND_TRACK = 'audio/opus';
/** Opus frames are 20 ms: the usual compromise of delay and overhead. */
export const OPUS_FRAME_MS = 20;
/** Opus always decodes at this rate, whatever was recorded. */
const OPUS_RATE_HZ = 48_000;
/** Bits a second: speech and music without audible loss, by Opus's own recommendations (RFC 7587, section 3.1.1). */
const MONO_BPS = 64_000;
const STEREO_BPS = 96_000;

export interface SoundFormat {
  channels: number;
  /** The recording's rate, which the encoder takes as it comes. */
  sampleRateHz: number;
}

export function soundBitrate(channels: number): number {
  return channels > 1 ? STEREO_BPS : MONO_BPS;
}

/**
 * What viewers are told, in hang's form. A picture or sound that is off has no rendition: that is what every player
 * understands, and it stops reading the track.
 */
export function buildCatalog(
  renditions: readonly RenditionPlan[],
  sound: SoundFormat | null,
  epochMs: number = Math.round(performance.timeOrigin),
): Catalog.Root {
  return {
    [CLOCK_SECTION]: { epochMs },
    video: { renditions: Object.fromEntries(renditions.map((plan) => [plan.name, videoConfig(plan)])) },
    audio: { renditions: sound ? { [SOUND_TRACK]: audioConfig(sound) } : {} },
  };
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
    // Each frame leaves as it is encoded, so a frame is all there is to wait for.
    jitter: Catalog.u53(Math.ceil(1000 / frameRate)),
  };
}

function audioConfig({ channels }: SoundFormat): Catalog.AudioConfig {
  return {
    codec: 'opus',
    container: { kind: 'legacy' },
    sampleRate: Catalog.u53(OPUS_RATE_HZ),
    numberOfChannels: Catalog.u53(channels),
    bitrate: Catalog.u53(soundBitrate(channels)),
    jitter: Catalog.u53(OPUS_FRAME_MS),
  };
}
