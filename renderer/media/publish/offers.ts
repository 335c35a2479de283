import { FRAME_RATE_POWER, type RenditionPlan } from './codecs.ts';
import type { Relief } from './encoder-load.ts';
import { type Content, linesOf } from './ladder.ts';

/** What is offered of a ladder under the limits of the machine and of the upload. Pure. */

export interface Offers {
  plans: readonly RenditionPlan[];
  /** What the person who publishes is told of it, in plain words; null where all is offered. */
  note: string | null;
}

/** Bits that each rendition may have a second, by name; null: none. What is not named has what it wants. */
export type Shares = ReadonlyMap<string, number | null>;

/** A screen with fewer bits moves less rather than getting blurred, down to this many frames a second. */
const MIN_FRAME_RATE = 5;

/** `sharesOf` splits the upload over what the machine can encode. */
export function offersOf(
  ladder: readonly RenditionPlan[],
  content: Content,
  relief: Relief,
  sharesOf: (encodable: readonly RenditionPlan[]) => Shares,
): Offers {
  const encodable = ladder
    .slice(relief.dropped)
    .map((plan, index) => (index === 0 ? slowed(plan, relief.divider) : plan));
  const shares = sharesOf(encodable);
  const plans = encodable.flatMap((plan) => limited(plan, content, shares.get(plan.name)));
  const notes = [loadNote(ladder, encodable, relief), uploadNote(encodable, plans)];
  return { plans, note: notes.filter((note) => note !== null).join(' ') || null };
}

function slowed(plan: RenditionPlan, divider: number): RenditionPlan {
  if (divider === 1) return plan;
  const framerate = frameRateOf(plan) / divider;
  const bitrate = Math.round(wantedBps(plan) / divider ** FRAME_RATE_POWER);
  return { ...plan, encoder: { ...plan.encoder, framerate, bitrate } };
}

function limited(plan: RenditionPlan, content: Content, share: number | null | undefined): RenditionPlan[] {
  if (share === null) return [];
  const wanted = wantedBps(plan);
  if (share === undefined || share >= wanted) return [plan];
  const frameRate = frameRateOf(plan);
  const slower = frameRate * (share / wanted) ** (1 / FRAME_RATE_POWER);
  const framerate =
    content === 'detail' ? Math.min(frameRate, Math.max(MIN_FRAME_RATE, Math.floor(slower))) : frameRate;
  return [{ ...plan, encoder: { ...plan.encoder, framerate, bitrate: Math.round(share) } }];
}

function loadNote(
  ladder: readonly RenditionPlan[],
  encodable: readonly RenditionPlan[],
  { dropped, divider }: Relief,
): string | null {
  const [wanted] = ladder;
  const [top] = encodable;
  if (!wanted || !top) return null;
  if (dropped > 0) {
    return `This computer cannot encode ${lines(wanted)} in time, so viewers get ${lines(top)} at most.`;
  }
  if (divider > 1) {
    const frameRate = Math.round(frameRateOf(top));
    return `This computer cannot encode every picture in time, so viewers get ${frameRate} a second.`;
  }
  return null;
}

function uploadNote(encodable: readonly RenditionPlan[], plans: readonly RenditionPlan[]): string | null {
  const [wanted] = encodable;
  const [top] = plans;
  if (!wanted || top?.name === wanted.name) return null;
  if (!top)
    return 'The upload limit leaves no room for a picture, so viewers hear you only. Sound is not cut, even where it takes more.';
  return `The upload limit leaves room for ${lines(top)} at most.`;
}

/** What the rendition wants, before the upload limit. */
function wantedBps({ encoder }: RenditionPlan): number {
  return encoder.bitrate ?? 0;
}

function frameRateOf({ encoder }: RenditionPlan): number {
  return encoder.framerate ?? 30;
}

function lines({ encoder }: RenditionPlan): string {
  return `${linesOf(encoder)}p`;
}
