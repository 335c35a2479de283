/** Which codec and bit rate a picture is encoded with. Pure, but for the probe that it is given. */

import { type Content, linesOf, type PictureSize, type Rung } from './ladder.ts';

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

/** What did not work before: families altogether, and renditions' names for which hardware failed. */
export interface EncoderFailures {
  readonly families: ReadonlySet<CodecFamily>;
  readonly hardware: ReadonlySet<string>;
}

/** 2.5 Mbit/s at 720p30 is where WebRTC's senders settle for that size. */
const HD_BPS = 2_500_000;
const HD_PIXELS = 1280 * 720;
const BASE_FRAME_RATE = 30;
/** Small pictures need more bits for each pixel: this gives 0.24, 0.77 and 5 Mbit/s at 180p, 360p and 1080p. */
const PIXELS_POWER = 0.85;
/** Frames that follow each other faster differ less: twice the rate costs half as much again. */
export const FRAME_RATE_POWER = 0.6;
const MIN_BPS = 100_000;
const MAX_BPS = 8_000_000;
/** How many bits a family needs for the picture that H.264 makes of one. */
const familyCost: Readonly<Record<CodecFamily, number>> = { h264: 1, vp9: 0.75, vp8: 1, av1: 0.65 };

export function bitrateFor(size: PictureSize, frameRate: number, family: CodecFamily): number {
  const pixels = (size.width * size.height) / HD_PIXELS;
  const rate = frameRate / BASE_FRAME_RATE;
  const bps = HD_BPS * pixels ** PIXELS_POWER * rate ** FRAME_RATE_POWER * familyCost[family];
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

/**
 * A plan for each rung that this machine can encode, all of one codec: the first that can do the top rung, or else
 * the first that can do any. Empty where none can.
 */
export async function planLadder(
  rungs: readonly Rung[],
  content: Content,
  failures: EncoderFailures,
  probe: EncoderProbe,
): Promise<readonly RenditionPlan[]> {
  let partial: readonly RenditionPlan[] = [];
  for (const family of codecFamilies) {
    if (failures.families.has(family)) continue;
    const planned = await Promise.all(
      rungs.map((rung) => planRung(rung, family, content, failures.hardware, probe)),
    );
    const plans = planned.filter((plan) => plan !== null);
    if (planned[0]) return plans;
    if (partial.length === 0) partial = plans;
  }
  return partial;
}

/** Hardware where there is some, since it leaves the processor to others; then whatever the browser has. */
async function planRung(
  { size, frameRate }: Rung,
  family: CodecFamily,
  content: Content,
  failedHardware: ReadonlySet<string>,
  probe: EncoderProbe,
): Promise<RenditionPlan | null> {
  const name = `video/${family}-${linesOf(size)}p`;
  const wishes: HardwareAcceleration[] = failedHardware.has(name)
    ? ['prefer-software', 'no-preference']
    : ['prefer-hardware', 'no-preference'];
  for (const hardwareAcceleration of wishes) {
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

/** The real probe. A codec string that this browser does not know counts as one it cannot encode. */
export async function canEncode(config: VideoEncoderConfig): Promise<boolean> {
  try {
    return (await VideoEncoder.isConfigSupported(config)).supported === true;
  } catch {
    return false;
  }
}
