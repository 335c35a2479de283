import type { BroadcastState, Settings } from '../../../common/bridge/bridge.ts';
import { parsePushTarget, parseShareRelay, pushedPath } from '../../../common/ticket/relay-url.ts';
import { watchLink } from '../ticket/watch-link.ts';

/** A link for watching a broadcast in a browser. */
export interface ShareLink {
  url: string;
  /** The broadcast's path on the relay if watching requires a token; null if the link suffices. */
  restrictedPath: string | null;
}

/**
 * Returns the link for watching a broadcast in a browser; null if no relay can serve one. If the broadcast is
 * pushed to a relay, the link uses the pushed copy, so that the relay does not pull the broadcast as well.
 */
export function shareLink(
  { shareRelay, pushTo }: Pick<Settings, 'shareRelay' | 'pushTo'>,
  broadcast: Pick<BroadcastState, 'name' | 'ticket' | 'push'>,
): ShareLink | null {
  const relay = parseShareRelay(shareRelay);
  const target = broadcast.push?.state === 'live' ? parsePushTarget(pushTo) : null;
  const watch = broadcast.push?.watch ?? null;
  if (target?.kind === 'url' && watch !== null && (!relay || relay.host === target.url.host)) {
    const path = pushedPath(target.url, broadcast.name);
    const base = relay ?? new URL('/', target.url.href.replace(/^ws/, 'http'));
    if (watch === 'open') return { url: watchLink(base, path), restrictedPath: null };
    // If watching the pushed copy requires a token and the settings name a relay for links, link to the
    // ticket instead. That relay then pulls the broadcast.
    if (!relay) return { url: watchLink(base, path), restrictedPath: path };
  }
  return relay && { url: watchLink(relay, broadcast.ticket), restrictedPath: null };
}

/**
 * The name of a relay for use in a sentence: its host and the path to publish at, or the start of its endpoint id if it is
 * reached over iroh. Contains no token.
 */
export function pushTargetName(pushTo: string): string {
  const target = parsePushTarget(pushTo);
  if (!target) return 'the relay';
  return target.kind === 'url'
    ? `${target.url.host}${target.url.pathname.replace(/\/+$/, '')}`
    : `the relay ${target.address.endpointId.slice(0, 10)}…`;
}
