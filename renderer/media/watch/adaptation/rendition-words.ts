import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';
import type { Bottleneck } from './bottleneck-detector.ts';
import { needBpsOf, type PolicyInput } from './policy-types.ts';
import { lineCount } from './rendition-ceiling.ts';

// Text that explains decisions, for the views and for `--json` events.

/** Formats a bitrate as Mbit/s with about two significant digits: `2.5`, `0.9`, `0.15`. */
function formatMbit(bps: number): string {
  const value = bps / 1_000_000;
  if (value >= 10) return value.toFixed(0);
  return value.toFixed(value < 0.3 ? 2 : 1);
}

/**
 * Describes capacity and need, such as `0.9 Mbit/s available, 2.5 needed`. If the capacity is null (unknown),
 * describes only the need.
 */
export function capacityReason(capacityBps: number | null, needBps: number): string {
  return capacityBps === null
    ? `${formatMbit(needBps)} Mbit/s needed`
    : `${formatMbit(capacityBps)} Mbit/s available, ${formatMbit(needBps)} needed`;
}

/**
 * Explains why a probed rendition is selected. If the known capacity is below the needed bitrate, the text
 * omits the capacity, because it is only a lower bound.
 */
export function probeSuccessReason(capacityBps: number | null, needBps: number): string {
  return capacityBps !== null && capacityBps >= needBps
    ? capacityReason(capacityBps, needBps)
    : `arrived on time in a trial; needs ${formatMbit(needBps)} Mbit/s`;
}

/** Returns the label of a size, such as `360p`. */
export function sizeLabel(size: Pick<RenditionOffer, 'width' | 'height'>): string {
  return `${lineCount(size)}p`;
}

/** Explains why the policy steps down. */
export function stepDownReason(input: PolicyInput, current: RenditionOffer): string {
  const { bps, source, queueMs } = input.estimate;
  const needBps = needBpsOf(input, current);
  if (source === 'congestion' && bps !== null && bps < needBps) return capacityReason(bps, needBps);
  const need = `${formatMbit(needBps)} Mbit/s needed`;
  return queueMs > 0 ? `video arrives ${queueMs} ms late, ${need}` : `frames arrive too late, ${need}`;
}

/**
 * Explains why the current rendition exceeds a limit.
 *
 * @param useful the renditions that the view can use
 */
export function ceilingReason(
  { view, maxLines }: PolicyInput,
  current: RenditionOffer,
  useful: readonly RenditionOffer[],
): string {
  if (useful.some(({ name }) => name === current.name)) {
    return `this computer cannot decode ${sizeLabel(current)} fast enough`;
  }
  if (maxLines !== null && lineCount(current) > maxLines) return `limited to ${maxLines}p`;
  return view ? `shown at ${Math.round(view.widthPx)}×${Math.round(view.heightPx)}` : 'too large';
}

/** Explains why the rendition that the user selected is not shown. */
export function selectionNote(selected: string, ladder: readonly RenditionOffer[]): string {
  const offer = ladder.find(({ name }) => name === selected);
  const problem = offer
    ? `${sizeLabel(offer)} is too large for your size limit`
    : `${selected} is not available`;
  return `${problem}, so the size is chosen automatically`;
}

/** Explains why video is late on an uncongested connection; null if no machine is the bottleneck. */
export function bottleneckNote(bottleneck: Bottleneck): string | null {
  if (bottleneck === null) return null;
  return bottleneck === 'viewer'
    ? 'this computer is busy, so the video is delayed'
    : 'the publisher’s computer is busy, so the video is delayed';
}
