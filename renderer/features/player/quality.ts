import { AUTO, type RenditionDecision, type RenditionOffer } from '../../../common/bridge/renditions.ts';
import type { PlayerState } from '../../media/shared/types.ts';
import { sortedBySize, upToLines } from '../../media/watch/adaptation/rendition-ceiling.ts';
import { sizeLabel } from '../../media/watch/adaptation/rendition-words.ts';
import { formatBps } from '../shared/format.ts';

/** How the renditions of a picture, and the choice between them, are put into words. Pure. */

type Watched = Pick<PlayerState, 'rendition' | 'renditions' | 'preferredRendition'>;

export interface QualityChoice {
  /** `auto`, or a track's name. */
  value: string;
  label: string;
}

/** `720p`, for a track that is on offer or was; its own name where neither tells a size. */
export function trackWords(name: string, offers: readonly RenditionOffer[]): string {
  const offer = offers.find((each) => each.name === name);
  if (offer && offer.width > 0 && offer.height > 0) return sizeLabel(offer);
  return /(?:^|\D)(\d+p)$/.exec(name)?.[1] ?? name.replace(/^video\//, '');
}

/** What a person can choose: Auto, then the best first. Nothing above `maxLines`, which is never read. */
export function qualityChoices(player: Watched, maxLines: number | null): QualityChoice[] {
  const { rendition, renditions, preferredRendition: mode } = player;
  const allowed = upToLines(sortedBySize(renditions), maxLines).reverse();
  const choices = allowed.map((offer) => ({ value: offer.name, label: offerWords(offer, renditions) }));
  for (const choice of choices) {
    const same = choices.filter(({ label }) => label === choice.label);
    if (same.length > 1) for (const each of same) each.label += ` · ${each.value.replace(/^video\//, '')}`;
  }
  const followed = mode === AUTO || allowed.some(({ name }) => name === mode);
  const inUse = rendition === null || mode !== AUTO ? '' : ` · ${trackWords(rendition, renditions)}`;
  return [
    { value: AUTO, label: `Auto${inUse}` },
    ...choices,
    // It counts as Auto until it is there; the list says what was asked for all the same.
    ...(followed ? [] : [{ value: mode, label: `${trackWords(mode, renditions)} · not on offer` }]),
  ];
}

/** `720p · 2.5 Mbit/s`; the frame rate too where it is not that of the others. */
function offerWords(offer: RenditionOffer, offers: readonly RenditionOffer[]): string {
  const fastest = Math.max(...offers.map(({ framesPerSecond }) => framesPerSecond));
  const slower = Math.round(offer.framesPerSecond) < Math.round(fastest);
  return [
    trackWords(offer.name, offers),
    ...(slower ? [`${Math.round(offer.framesPerSecond)} fps`] : []),
    ...(offer.bitrateBps > 0 ? [formatBps(offer.bitrateBps)] : []),
  ].join(' · ');
}

/** What is said when a person has chosen. */
export function chosenWords(value: string, { renditions }: Watched): string {
  if (value === AUTO) return 'The quality is chosen automatically.';
  return `Quality: ${trackWords(value, renditions)}.`;
}

/** `720p, chosen automatically`: what is shown now, and by whose choice. */
export function inUseWords({ rendition, renditions, preferredRendition: mode }: Watched): string {
  if (rendition === null) return 'no picture';
  const shown = trackWords(rendition, renditions);
  if (mode === AUTO) return `${shown}, chosen automatically`;
  if (mode === rendition) return `${shown}, your choice`;
  return `${shown}; you chose ${trackWords(mode, renditions)}`;
}

/** `720p → 360p`. */
export function changeWords({ from, to }: RenditionDecision, offers: readonly RenditionOffer[]): string {
  const words = (name: string | null): string => (name === null ? 'no picture' : trackWords(name, offers));
  return `${words(from)} → ${words(to)}`;
}
