import { FRAME_RATE_POWER, type RenditionPlan } from './codecs.ts';
import { type Content, linesOf } from './ladder.ts';
import type { LoadReduction } from './load-governor.ts';

/** The renditions that remain after the CPU and upload limits have been applied to a ladder. */
interface LimitedLadder {
  plans: readonly RenditionPlan[];
  /** Text that tells the publishing user what was reduced and why; null if nothing was reduced. */
  note: string | null;
}

/**
 * Bitrate limit of each rendition by name, in bits per second. Null removes a rendition; one without an entry
 * is unlimited.
 */
export type BitrateAllocation = ReadonlyMap<string, number | null>;

/**
 * Minimum frame rate of a screen rendition, in frames per second. If the bitrate is limited, a screen
 * rendition reduces its frame rate instead of its sharpness.
 */
const MIN_FRAME_RATE = 5;

/**
 * Applies the CPU and upload limits. `allocate` splits the upload limit among the renditions that the
 * computer can encode.
 */
export function limitLadder(
  ladder: readonly RenditionPlan[],
  content: Content,
  reduction: LoadReduction,
  allocate: (encodable: readonly RenditionPlan[]) => BitrateAllocation,
): LimitedLadder {
  const encodable = ladder
    .slice(reduction.droppedRenditions)
    .map((plan, index) => (index === 0 ? reduceFrameRate(plan, reduction.frameRateDivider) : plan));
  const allocation = allocate(encodable);
  const plans = encodable.flatMap((plan) => limitBitrate(plan, content, allocation.get(plan.name)));
  const notes = [loadNote(ladder, encodable, reduction), uploadNote(encodable, plans)];
  return { plans, note: notes.filter((note) => note !== null).join(' ') || null };
}

function reduceFrameRate(plan: RenditionPlan, divider: number): RenditionPlan {
  if (divider === 1) return plan;
  const framerate = frameRateOf(plan) / divider;
  const bitrate = Math.round(fullBitrateBps(plan) / divider ** FRAME_RATE_POWER);
  return { ...plan, encoder: { ...plan.encoder, framerate, bitrate } };
}

function limitBitrate(
  plan: RenditionPlan,
  content: Content,
  allocatedBps: number | null | undefined,
): RenditionPlan[] {
  if (allocatedBps === null) return [];
  const fullBps = fullBitrateBps(plan);
  if (allocatedBps === undefined || allocatedBps >= fullBps) return [plan];
  const frameRate = frameRateOf(plan);
  const slower = frameRate * (allocatedBps / fullBps) ** (1 / FRAME_RATE_POWER);
  const framerate =
    content === 'detail' ? Math.min(frameRate, Math.max(MIN_FRAME_RATE, Math.floor(slower))) : frameRate;
  return [{ ...plan, encoder: { ...plan.encoder, framerate, bitrate: Math.round(allocatedBps) } }];
}

function loadNote(
  ladder: readonly RenditionPlan[],
  encodable: readonly RenditionPlan[],
  { droppedRenditions, frameRateDivider }: LoadReduction,
): string | null {
  const [full] = ladder;
  const [top] = encodable;
  if (!full || !top) return null;
  if (droppedRenditions > 0) {
    return `This computer is too slow to encode ${lines(full)}, so viewers get at most ${lines(top)}.`;
  }
  if (frameRateDivider > 1) {
    const frameRate = Math.round(frameRateOf(top));
    return `This computer is too slow to encode every frame, so viewers get ${frameRate} frames per second.`;
  }
  return null;
}

function uploadNote(encodable: readonly RenditionPlan[], plans: readonly RenditionPlan[]): string | null {
  const [full] = encodable;
  const [top] = plans;
  if (!full || top?.name === full.name) return null;
  if (!top)
    return 'The upload limit is too low for video, so viewers only hear you. Sound is always sent, even if it exceeds the limit.';
  return `The upload limit allows at most ${lines(top)}.`;
}

/** The bitrate planned before the upload limit is applied, in bits per second. */
function fullBitrateBps({ encoder }: RenditionPlan): number {
  return encoder.bitrate ?? 0;
}

function frameRateOf({ encoder }: RenditionPlan): number {
  return encoder.framerate ?? 30;
}

function lines({ encoder }: RenditionPlan): string {
  return `${linesOf(encoder)}p`;
}
