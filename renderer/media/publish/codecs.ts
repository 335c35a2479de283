import { type Content, linesOf, type RenditionFormat, type VideoSize } from './ladder.ts';

/** Video codecs that a broadcast can use. */
export type CodecFamily = 'h264' | 'vp9' | 'vp8' | 'av1';

/**
 * Codecs in order of preference. Codecs that most viewers can decode and that are cheap to encode come first.
 */
const CODEC_FAMILIES: readonly CodecFamily[] = ['h264', 'vp9', 'vp8', 'av1'];

/** How to encode one rendition. */
export interface RenditionPlan {
  /** Track name, such as `video/h264-720p`. */
  name: string;
  family: CodecFamily;
  encoder: VideoEncoderConfig;
  /** Codec string for the catalog. */
  catalogCodec: string;
  /**
   * The bitrate to which the encoder is reduced if the connection to its only reader carries no more, in bits per
   * second. Undefined if the bitrate does not follow the connection.
   */
  minBitrateBps?: number;
}

/** Returns whether this machine can encode with this configuration. */
export type EncoderProbe = (config: VideoEncoderConfig) => Promise<boolean>;

/**
 * Encoder failures so far: the codecs that do not work at all, and the names of the renditions for which
 * hardware encoding failed.
 */
export interface EncoderFailures {
  readonly families: ReadonlySet<CodecFamily>;
  readonly hardware: ReadonlySet<string>;
}

/**
 * Bitrate of 720p30 H.264, from which the bitrates of other formats are derived. WebRTC senders settle at
 * about 2.5 Mbit/s.
 */
const HD_BPS = 2_500_000;
const HD_PIXELS = 1280 * 720;
const BASE_FRAME_RATE = 30;
/**
 * Exponent of the frame size. Small frames need more bits per pixel. With this exponent, 180p, 360p and 1080p
 * get 0.24, 0.77 and 5 Mbit/s.
 */
const PIXELS_POWER = 0.85;
/**
 * Exponent of the frame rate. Consecutive frames differ less at higher rates, so doubling the frame rate
 * requires only 1.5 times the bits.
 */
export const FRAME_RATE_POWER = 0.6;
const MIN_BPS = 100_000;
const MAX_BPS = 8_000_000;
/** Bitrate that each codec needs for the same quality, relative to H.264. */
const RELATIVE_BITRATE: Readonly<Record<CodecFamily, number>> = { h264: 1, vp9: 0.75, vp8: 1, av1: 0.65 };

/** Returns the bitrate for this size and frame rate, in bits per second. */
export function bitrateFor(size: VideoSize, frameRate: number, family: CodecFamily): number {
  const pixels = (size.width * size.height) / HD_PIXELS;
  const rate = frameRate / BASE_FRAME_RATE;
  const bps = HD_BPS * pixels ** PIXELS_POWER * rate ** FRAME_RATE_POWER * RELATIVE_BITRATE[family];
  return Math.round(Math.min(MAX_BPS, Math.max(MIN_BPS, bps)));
}

/** H.264 levels as [level_idc, macroblocks per frame, macroblocks per second], from ITU-T H.264 table A-1. */
const H264_LEVELS: readonly (readonly [number, number, number])[] = [
  [30, 1620, 40_500],
  [31, 3600, 108_000],
  [32, 5120, 216_000],
  [40, 8192, 245_760],
  [42, 8704, 522_240],
  [50, 22_080, 589_824],
  [51, 36_864, 983_040],
  [52, 36_864, 2_073_600],
];

/** Returns the lowest H.264 level that allows this size and frame rate, as two hexadecimal digits. */
export function h264Level(size: VideoSize, frameRate: number): string {
  const blocks = Math.ceil(size.width / 16) * Math.ceil(size.height / 16);
  const fit = H264_LEVELS.find(
    ([, perFrame, perSecond]) => blocks <= perFrame && blocks * frameRate <= perSecond,
  );
  return (fit?.[0] ?? 52).toString(16).padStart(2, '0');
}

/**
 * Returns the index of the VP9 or AV1 level: 0 up to 720p30, 1 up to 1080p30, and 2 above that. Both codecs
 * define these levels by luma samples per second.
 */
function sampleLevel(size: VideoSize, frameRate: number): 0 | 1 | 2 {
  const perSecond = size.width * size.height * frameRate;
  return perSecond <= 36_864_000 ? 0 : perSecond <= 83_558_400 ? 1 : 2;
}

/** WebCodecs codec strings to try for a codec, most preferred first. */
function codecStrings(family: CodecFamily, size: VideoSize, frameRate: number): readonly string[] {
  switch (family) {
    case 'h264': {
      const level = h264Level(size, frameRate);
      // Constrained baseline comes first, because every decoder supports it and software encodes it fastest.
      // The high and main profiles follow.
      return [`avc1.42e0${level}`, `avc1.6400${level}`, `avc1.4d00${level}`];
    }
    case 'vp9':
      return [`vp09.00.${['31', '40', '51'][sampleLevel(size, frameRate)]}.08`];
    case 'vp8':
      return ['vp8'];
    case 'av1':
      return [`av01.0.${['05', '08', '12'][sampleLevel(size, frameRate)]}M.08`];
  }
}

/**
 * Converts an encoder's codec string to the catalog's. H.264 is sent as Annex B with parameter sets in each
 * keyframe, which the catalog calls `avc3`; `avc1` would require a description.
 */
export function catalogCodec(codec: string): string {
  return codec.startsWith('avc1.') ? `avc3.${codec.slice(5)}` : codec;
}

/**
 * Plans the renditions of a ladder that this machine can encode; empty if there are none. All use one codec:
 * the first that can encode the largest rendition, or else the first that can encode any.
 */
export async function planLadder(
  ladder: readonly RenditionFormat[],
  content: Content,
  failures: EncoderFailures,
  probe: EncoderProbe,
): Promise<readonly RenditionPlan[]> {
  let partial: readonly RenditionPlan[] = [];
  for (const family of CODEC_FAMILIES) {
    if (failures.families.has(family)) continue;
    const planned = await Promise.all(
      ladder.map((format) => planRendition(format, family, content, failures.hardware, probe)),
    );
    const plans = planned.filter((plan) => plan !== null);
    if (planned[0]) return plans;
    if (partial.length === 0) partial = plans;
  }
  return partial;
}

/** Prefers hardware encoding, which keeps the CPU free, unless it has failed for this rendition. */
async function planRendition(
  { size, frameRate }: RenditionFormat,
  family: CodecFamily,
  content: Content,
  failedHardware: ReadonlySet<string>,
  probe: EncoderProbe,
): Promise<RenditionPlan | null> {
  const name = `video/${family}-${linesOf(size)}p`;
  const preferences: HardwareAcceleration[] = failedHardware.has(name)
    ? ['prefer-software', 'no-preference']
    : ['prefer-hardware', 'no-preference'];
  for (const hardwareAcceleration of preferences) {
    for (const codec of codecStrings(family, size, frameRate)) {
      const encoder: VideoEncoderConfig = {
        codec,
        ...size,
        framerate: frameRate,
        bitrate: bitrateFor(size, frameRate, family),
        latencyMode: 'realtime',
        hardwareAcceleration,
        ...(content === 'detail' ? { contentHint: 'text' } : {}),
        ...(family === 'h264' ? { avc: { format: 'annexb' } } : {}),
      };
      if (await probe(encoder)) return { name, family, encoder, catalogCodec: catalogCodec(codec) };
    }
  }
  return null;
}

/** An `EncoderProbe` that queries WebCodecs. Unknown codec strings count as unsupported. */
export async function canEncode(config: VideoEncoderConfig): Promise<boolean> {
  try {
    return (await VideoEncoder.isConfigSupported(config)).supported === true;
  } catch {
    return false;
  }
}
