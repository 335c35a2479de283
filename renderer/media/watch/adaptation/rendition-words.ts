import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { Elsewhere } from './bottleneck-detector.ts';
import { needBpsOf, type PolicyInput } from './policy-types.ts';
import { lines } from './rendition-ceiling.ts';

/** The words of decisions, for the panel and for scripts. */

/** `2.5`, `0.9`, `0.15`: Mbit/s, with two digits that mean something. */
export function mbit(bps: number): string {
  const value = bps / 1_000_000;
  if (value >= 10) return value.toFixed(0);
  return value.toFixed(value < 0.3 ? 2 : 1);
}

/** `link 0.9 Mbit/s, needs 2.5`. */
export function linkWords(linkBps: number | null, needBps: number): string {
  return linkBps === null
    ? `needs ${mbit(needBps)} Mbit/s`
    : `link ${mbit(linkBps)} Mbit/s, needs ${mbit(needBps)}`;
}

/** Why it goes up to what was tried: the link as it is known is the least that it can carry. */
export function provenWords(linkBps: number | null, needBps: number): string {
  return linkBps !== null && linkBps >= needBps
    ? linkWords(linkBps, needBps)
    : `came in time when it was tried, needs ${mbit(needBps)} Mbit/s`;
}

/** `360p`. */
export function sizeWords(size: Pick<RenditionOffer, 'width' | 'height'>): string {
  return `${lines(size)}p`;
}

/** Why it goes down. */
export function downWords(input: PolicyInput, current: RenditionOffer): string {
  const { bps, why, queueMs } = input.estimate;
  const needBps = needBpsOf(input, current);
  if (why === 'busy' && bps !== null && bps < needBps) return linkWords(bps, needBps);
  if (queueMs > 0) return `the picture comes ${queueMs} ms late, needs ${mbit(needBps)} Mbit/s`;
  return `pictures come too late, needs ${mbit(needBps)} Mbit/s`;
}

/** Why what plays is more than allowed; `useful` are those that the view can use. */
export function limitWords(
  { view, maxLines }: PolicyInput,
  current: RenditionOffer,
  useful: readonly RenditionOffer[],
): string {
  if (useful.some(({ name }) => name === current.name)) {
    return `this computer cannot decode ${sizeWords(current)} in time`;
  }
  if (maxLines !== null && lines(current) > maxLines) return `at most ${maxLines}p wanted`;
  return view ? `shown at ${Math.round(view.widthPx)}×${Math.round(view.heightPx)}` : 'too large';
}

/** Why the wish for one rendition is not followed. */
export function wishWords(mode: string, ladder: readonly RenditionOffer[]): string {
  const offered = ladder.some(({ name }) => name === mode);
  return offered
    ? `${mode} is larger than allowed: chosen by itself`
    : `${mode} is not on offer: chosen by itself`;
}

/** Why pictures come late although the link would bring them in time; null while they do not. */
export function elsewhereWords(elsewhere: Elsewhere): string | null {
  if (elsewhere === null) return null;
  return elsewhere === 'here'
    ? 'this computer is busy: pictures come late'
    : 'the other computer is busy: pictures come late';
}
