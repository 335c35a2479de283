import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';

/** The area where the video is shown, in device pixels. Picture-in-picture counts as visible. */
export interface View {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly visible: boolean;
}

/**
 * Sorts renditions by pixel count, smallest first, in the same order as iroh-live. If the counts are equal,
 * the rendition with the lower bitrate comes first.
 */
export function sortedBySize(offers: readonly RenditionOffer[]): RenditionOffer[] {
  return [...offers].sort((a, b) => pixelCount(a) - pixelCount(b) || a.bitrateBps - b.bitrateBps);
}

/** Returns the number of pixels in a frame. */
export function pixelCount({ width, height }: Pick<RenditionOffer, 'width' | 'height'>): number {
  return width * height;
}

/**
 * Returns the number used in labels such as `720p`: the height, or the width if the video is in portrait
 * format.
 */
export function lineCount({ width, height }: Pick<RenditionOffer, 'width' | 'height'>): number {
  return Math.min(width, height);
}

/**
 * Returns the renditions of a ladder (smallest first) with at most `maxLines` lines (null: any number), or
 * else the smallest one.
 */
export function upToLines(ladder: readonly RenditionOffer[], maxLines: number | null): RenditionOffer[] {
  return orSmallest(
    ladder,
    ladder.filter((offer) => maxLines === null || lineCount(offer) <= maxLines),
  );
}

/**
 * Returns the renditions of a ladder (smallest first) up to the first one that fills the view when enlarged
 * by at most `enlarge`. All of them if `view` is null.
 */
export function upToView(
  ladder: readonly RenditionOffer[],
  view: View | null,
  enlarge: number,
): RenditionOffer[] {
  if (!view) return [...ladder];
  const enough = ladder.findIndex(({ width, height }) => {
    const scale = Math.min(view.widthPx / Math.max(1, width), view.heightPx / Math.max(1, height));
    return scale <= enlarge;
  });
  return enough < 0 ? [...ladder] : ladder.slice(0, enough + 1);
}

/**
 * Returns the renditions of a ladder (smallest first) with fewer than `limit` pixels, or only the smallest
 * one if none has fewer.
 */
export function belowPixels(ladder: readonly RenditionOffer[], limit: number): RenditionOffer[] {
  return orSmallest(
    ladder,
    ladder.filter((offer) => pixelCount(offer) < limit),
  );
}

function orSmallest(ladder: readonly RenditionOffer[], kept: RenditionOffer[]): RenditionOffer[] {
  return kept.length > 0 ? kept : ladder.slice(0, 1);
}
