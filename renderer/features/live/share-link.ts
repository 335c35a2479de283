import type { BroadcastState, Settings } from '../../../common/bridge/bridge.ts';
import { parsePushTarget, parseShareRelay, pushedPath } from '../../../common/ticket/relay-url.ts';
import { watchLink } from '../ticket/watch-link.ts';

export interface ShareLink {
  url: string;
  /** Where on the relay it leads to when nobody sees that without a token; null where the link is all one needs. */
  closed: string | null;
}

/**
 * The link by which browsers watch a broadcast; null without a relay for it. Where that relay has the broadcast
 * already because it is pushed there, the link leads to that copy, and nothing is fetched a second time. A relay that
 * it is pushed to is one for links too, unless another one is set.
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
    const base = relay ?? new URL(target.url.href.replace(/^ws/, 'http'));
    if (watch === 'open') return { url: watchLink(base, path), closed: null };
    // A relay for links fetches what its pages do not show of what is pushed.
    if (!relay) return { url: watchLink(base, path), closed: path };
  }
  return relay && { url: watchLink(relay, broadcast.ticket), closed: null };
}

/** How a relay is called in a sentence: its host, or that it is one reached over iroh. */
export function pushTargetName(pushTo: string): string {
  const target = parsePushTarget(pushTo);
  if (!target) return 'the relay';
  return target.kind === 'url' ? target.url.host : `the relay ${target.address.endpointId.slice(0, 10)}…`;
}
