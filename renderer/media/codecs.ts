/** Which codec, size and bit rate a picture is encoded with. Pure, but for the probe that it is given. */

export interface PictureSize {
  width: number;
  height: number;
}

export type CodecFamily = 'h264' | 'vp9' | 'vp8' | 'av1';

/** In the order in which they are tried: what most peers can decode, cheapest to encode, first. */
export const codecFamilies: readonly CodecFamily[] = ['h264', 'vp9', 'vp8', 'av1'];

export interface RenditionPlan {
  /** The track's name, such as `video/h264-720p`. */
  name: string;
  family: CodecFamily;
  /** What the encoder is configured with. */
  encoder: VideoEncoderConfig;
  /** The codec as the catalog names it. */
  catalogCodec: string;
}

/** Answers whether this machine can encode with the configuration. */
export type EncoderProbe = (config: VideoEncoderConfig) => Promise<boolean>;

/** Largest picture encoded, in pixels: 1080p. More costs a software encoder its frame rate. */
const MAX_PIXELS = 1920 * 1080;
/** The smallest side that encoders take without complaint, in pixels. */
const MIN_SIDE = 16;

/** The encoded size for a source's: within MAX_PIXELS, same shape, even sides (4:2:0 chroma needs them). */
export function encodedSize(source: PictureSize): PictureSize {
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / Math.max(1, source.width * source.height)));
  const even = (side: number) => Math.max(MIN_SIDE, 2 * Math.floor((side * scale) / 2));
  return { width: even(source.width), height: even(source.height) };
}

/** 0.09 bit a pixel is 2.5 Mbit/s at 720p30, which is where WebRTC's senders settle for that size. */
const BITS_PER_PIXEL = 0.09;
/** Frames beyond 30 a second differ less from each other and cost about half. */
const BASE_FRAME_RATE = 30;
const MIN_BPS = 250_000;
const MAX_BPS = 8_000_000;
/** How many bits a family needs for the picture that H.264 makes of one. */
const familyCost: Readonly<Record<CodecFamily, number>> = { h264: 1, vp9: 0.75, vp8: 1, av1: 0.65 };

export function bitrateFor(size: PictureSize, frameRate: number, family: CodecFamily): number {
  const paidRate =
    frameRate <= BASE_FRAME_RATE ? frameRate : BASE_FRAME_RATE + (frameRate - BASE_FRAME_RATE) / 2;
  const bps = size.width * size.height * paidRate * BITS_PER_PIXEL * familyCost[family];
  return Math.round(Math.min(MAX_BPS, Math.max(MIN_BPS, bps)));
}

/** H.264 levels as [level_idc, macroblocks a frame, macroblocks a second], from ITU-T H.264 table A-1. */
const h264Levels: readonly (readonly [number, number, number])[] = [
  [30, 1620, 40_500],
  [31, 3600, 108_000],
  [32, 5120, 216_000],
  [40, 8192, 245_760],
  [42, 8704, 522_240],
  [50, 22_080, 589_824],
  [51, 36_864, 983_040],
  [52, 36_864, 2_073_600],
];

/** The lowest H.264 level that a size and rate fit into, as two hexadecimal digits. */
export function h264Level(size: PictureSize, frameRate: number): string {
  const blocks = Math.ceil(size.width / 16) * Math.ceil(size.height / 16);
  const fit = h264Levels.find(
    ([, perFrame, perSecond]) => blocks <= perFrame && blocks * frameRate <= perSecond,
  );
  return (fit?.[0] ?? 52).toString(16).padStart(2, '0');
}

/** VP9 and AV1 name levels by luma samples a second alike; level as they write it, for 720p30, 1080p30 and above. */
function sampleLevel(size: PictureSize, frameRate: number): 0 | 1 | 2 {
  const perSecond = size.width * size.height * frameRate;
  return perSecond <= 36_864_000 ? 0 : perSecond <= 83_558_400 ? 1 : 2;
}

/** Codec strings to try within a family, best first. */
export function codecStrings(family: CodecFamily, size: PictureSize, frameRate: number): readonly string[] {
  switch (family) {
    case 'h264': {
      const level = h264Level(size, frameRate);
      // Constrained baseline is what every decoder takes and software encodes fastest; then high, then main.
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
 * The catalog's name for an encoder's codec. H.264 goes out as Annex B with its parameter sets in each keyframe, which
 * `avc3` says and `avc1` would deny; readers then need no description.
 */
export function catalogCodec(codec: string): string {
  return codec.startsWith('avc1.') ? `avc3.${codec.slice(5)}` : codec;
}

/** The first configuration that works here, or null. `failed` families are left out. */
export async function planRendition(
  source: PictureSize,
  frameRate: number,
  failed: ReadonlySet<CodecFamily>,
  probe: EncoderProbe,
): Promise<RenditionPlan | null> {
  const size = encodedSize(source);
  for (const family of codecFamilies) {
    if (failed.has(family)) continue;
    for (const codec of codecStrings(family, size, frameRate)) {
      const encoder: VideoEncoderConfig = {
        codec,
        ...size,
        framerate: frameRate,
        bitrate: bitrateFor(size, frameRate, family),
        latencyMode: 'realtime',
        hardwareAcceleration: 'no-preference',
        ...(family === 'h264' ? { avc: { format: 'annexb' } } : {}),
      };
      if (!(await probe(encoder))) continue;
      return { name: `video/${family}-${size.height}p`, family, encoder, catalogCodec: catalogCodec(codec) };
    }
  }
  return null;
}

/** The real probe. A codec string that this browser does not know counts as one it cannot encode. */
export async function canEncode(config: VideoEncoderConfig): Promise<boolean> {
  try {
    return (await VideoEncoder.isConfigSupported(config)).supported === true;
  } catch {
    return false;
  }
}
