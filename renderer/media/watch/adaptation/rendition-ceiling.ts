import type { RenditionOffer } from '../../../../common/bridge/renditions.ts';

/** Where a picture is shown, in device pixels. Picture-in-picture counts as visible. */
export interface View {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly visible: boolean;
}

/** Smallest first, by pixels as iroh-live ranks them; of equal ones the one that costs less. */
export function ranked(offers: readonly RenditionOffer[]): RenditionOffer[] {
  return [...offers].sort((a, b) => pixels(a) - pixels(b) || a.bitrateBps - b.bitrateBps);
}

export function pixels({ width, height }: Pick<RenditionOffer, 'width' | 'height'>): number {
  return width * height;
}

/** The lines by which a picture is named: its height, or its shorter side where it stands upright. */
export function lines({ width, height }: Pick<RenditionOffer, 'width' | 'height'>): number {
  return Math.min(width, height);
}

/** Those of a ladder (smallest first) with at most so many lines; the smallest where all have more. */
export function upToLines(ladder: readonly RenditionOffer[], maxLines: number | null): RenditionOffer[] {
  return orSmallest(
    ladder,
    ladder.filter((offer) => maxLines === null || lines(offer) <= maxLines),
  );
}

/**
 * Those of a ladder (smallest first) that a view can use: up to the first that need not be enlarged by more than
 * `enlarge`, when it is fitted into the view whole. Null is a view of any size.
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

/** Those of a ladder (smallest first) below so many pixels; the smallest where none is. */
export function belowPixels(ladder: readonly RenditionOffer[], limit: number): RenditionOffer[] {
  return orSmallest(
    ladder,
    ladder.filter((offer) => pixels(offer) < limit),
  );
}

function orSmallest(ladder: readonly RenditionOffer[], kept: RenditionOffer[]): RenditionOffer[] {
  return kept.length > 0 ? kept : ladder.slice(0, 1);
}
