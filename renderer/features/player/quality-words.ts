import { AUTO, type RenditionDecision, type RenditionOffer } from '../../../common/bridge/renditions.ts';
import { sanitizeName } from '../../../common/words/display-name.ts';
import type { PlayerState } from '../../media/shared/player-types.ts';
import { sortedBySize, upToLines } from '../../media/watch/adaptation/rendition-ceiling.ts';
import { sizeLabel } from '../../media/watch/adaptation/rendition-words.ts';
import { formatBps } from '../shared/format.ts';

/** Pure functions that describe a broadcast's renditions and the user's selection. */

type QualityState = Pick<PlayerState, 'rendition' | 'renditions' | 'preferredRendition'>;

/** An entry in the quality list. */
export interface QualityChoice {
  /** `auto` or a track name. */
  value: string;
  label: string;
}

/**
 * A label such as `720p`, from the rendition's size, or else from the track name. Returns the name if neither
 * contains a size.
 */
export function renditionLabel(name: string, offers: readonly RenditionOffer[]): string {
  const offer = offers.find((entry) => entry.name === name);
  if (offer && offer.width > 0 && offer.height > 0) return sizeLabel(offer);
  return /(?:^|\D)(\d{1,5}p)$/.exec(name)?.[1] ?? shownTrackName(name);
}

/**
 * Returns a track name for display, without its prefix `video/`. Sanitized, because the publisher chooses the
 * name.
 */
function shownTrackName(name: string): string {
  return sanitizeName(name.replace(/^video\//, ''));
}

/** The quality list: Auto, then the renditions up to `maxLines`, best first. Null means no limit. */
export function qualityChoices(player: QualityState, maxLines: number | null): QualityChoice[] {
  const { rendition, renditions, preferredRendition: preferred } = player;
  const allowed = upToLines(sortedBySize(renditions), maxLines).reverse();
  const choices = allowed.map((offer) => ({ value: offer.name, label: offerLabel(offer, renditions) }));
  for (const choice of choices) {
    const same = choices.filter(({ label }) => label === choice.label);
    if (same.length > 1) for (const entry of same) entry.label += ` · ${shownTrackName(entry.value)}`;
  }
  const listed = preferred === AUTO || allowed.some(({ name }) => name === preferred);
  const inUse = rendition === null || preferred !== AUTO ? '' : ` · ${renditionLabel(rendition, renditions)}`;
  return [
    { value: AUTO, label: `Auto${inUse}` },
    ...choices,
    // An unavailable rendition acts as Auto, but the list still shows that the user selected it.
    ...(listed
      ? []
      : [{ value: preferred, label: `${renditionLabel(preferred, renditions)} · not available` }]),
  ];
}

/** `720p · 2.5 Mbit/s`, with the frame rate if another rendition's frame rate is higher. */
function offerLabel(offer: RenditionOffer, offers: readonly RenditionOffer[]): string {
  const fastest = Math.max(...offers.map(({ framesPerSecond }) => framesPerSecond));
  const slower = Math.round(offer.framesPerSecond) < Math.round(fastest);
  return [
    renditionLabel(offer.name, offers),
    ...(slower ? [`${Math.round(offer.framesPerSecond)} fps`] : []),
    ...(offer.bitrateBps > 0 ? [formatBps(offer.bitrateBps)] : []),
  ].join(' · ');
}

/** The screen reader announcement after the user has selected a quality. */
export function selectionMessage(value: string, { renditions }: QualityState): string {
  if (value === AUTO) return 'The quality is chosen automatically.';
  return `Quality: ${renditionLabel(value, renditions)}.`;
}

/** `720p, chosen automatically`: the current rendition, and whether the user or Auto selected it. */
export function currentQualityText(player: QualityState): string {
  const { rendition, renditions, preferredRendition: preferred } = player;
  if (rendition === null) return 'no video';
  const current = renditionLabel(rendition, renditions);
  if (preferred === AUTO) return `${current}, chosen automatically`;
  if (preferred === rendition) return `${current}, your choice`;
  return `${current}; you chose ${renditionLabel(preferred, renditions)}`;
}

/** A rendition switch as text, such as `720p → 360p`. */
export function changeLabel({ from, to }: RenditionDecision, offers: readonly RenditionOffer[]): string {
  const label = (name: string | null): string => (name === null ? 'no video' : renditionLabel(name, offers));
  return `${label(from)} → ${label(to)}`;
}
