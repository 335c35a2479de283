import type { BroadcastState, Settings } from '../../common/bridge.ts';
import { parsePushTarget, parseShareRelay } from '../../common/relay-url.ts';
import { watchLink } from '../../common/watch-link.ts';

/**
 * The link by which browsers watch a broadcast; null without a relay for it. Where that relay has the broadcast
 * already because it is pushed there, the link leads to that copy, and nothing is fetched a second time.
 */
export function shareLink(
  { shareRelay, pushTo }: Pick<Settings, 'shareRelay' | 'pushTo'>,
  broadcast: Pick<BroadcastState, 'name' | 'ticket' | 'push'>,
): string | null {
  const relay = parseShareRelay(shareRelay);
  if (!relay) return null;
  const target = broadcast.push?.state === 'live' ? parsePushTarget(pushTo) : null;
  if (target?.kind !== 'url' || target.url.host !== relay.host) return watchLink(relay, broadcast.ticket);
  // The address's path is where the session begins, as on a moq-relay.
  const root = target.url.pathname.split('/').filter((part) => part !== '');
  return watchLink(relay, [...root.map(decodePart), broadcast.name].join('/'));
}

/** How a relay is called in a sentence: its host, or that it is one reached over iroh. */
export function pushTargetName(pushTo: string): string {
  const target = parsePushTarget(pushTo);
  if (!target) return 'the relay';
  return target.kind === 'url' ? target.url.host : `the relay ${target.address.endpointId.slice(0, 10)}…`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // No encoding: as it stands.
    return part;
  }
}
