import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { Icon, type IconName } from '../features/shared/Icon.tsx';
import '../features/connection/connection.css';
import type { RelayConnectionState } from './relay-connection.ts';
import { type RouteSegment, publisherSegment, relaySegment } from './relay-watch-view.ts';

const icons: Record<RouteSegment['level'], IconName> = {
  good: 'signal-good',
  fair: 'signal-fair',
  poor: 'warning',
  unknown: 'link',
};

/** The two stretches of the way: from here to the relay, and from there to the publisher. */
export function RouteBadges({ link, report }: { link: RelayConnectionState; report: PullReport | null }): JSX.Element {
  const upstream = publisherSegment(report);
  return (
    <div className="hops">
      {link.connected ? (
        <Hop
          badge={relaySegment(link.transport, link.rttMs)}
          testId="hop-relay"
          detail={{ 'data-transport': link.transport }}
        />
      ) : null}
      {upstream ? (
        <Hop badge={upstream} testId="hop-publisher" detail={{ 'data-kind': report?.upstream?.kind }} />
      ) : null}
    </div>
  );
}

function Hop({
  badge,
  testId,
  detail,
}: {
  badge: RouteSegment;
  testId: string;
  detail: Readonly<Record<`data-${string}`, string | undefined>>;
}): JSX.Element {
  return (
    <span
      className="connection-badge hop"
      data-testid={testId}
      data-level={badge.level}
      title={badge.tooltip}
      {...detail}
    >
      <Icon name={icons[badge.level]} size={16} />
      <span className="connection-text">{badge.text}</span>
    </span>
  );
}
