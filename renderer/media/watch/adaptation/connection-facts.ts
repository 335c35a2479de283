import { CALLS_PREFIX, type LinkState } from '../../../../common/bridge/bridge.ts';
import { selectedPath } from '../../../../common/bridge/connection-quality.ts';
import type { LinkFacts } from '../../../../common/bridge/renditions.ts';

/** The link that brings what is at an Origin path: a ticket, or the `in` half of a call. */
export function linkOfPath(links: readonly LinkState[], path: string): LinkState | undefined {
  const [prefix, callId] = path.split('/');
  const isCall = prefix === CALLS_PREFIX;
  return links.find(({ use, subject }) =>
    isCall ? use === 'call' && subject === callId : use === 'pull' && subject === path,
  );
}

/** What a link says of the way to here; null while it says nothing. The same look gives the same `atMs`. */
export function linkFactsOf(link: LinkState | undefined): LinkFacts | null {
  if (!link?.downlink) return null;
  const path = selectedPath(link);
  return { ...link.downlink, kind: path?.kind ?? null, rttMs: path?.rttMs ?? null };
}
