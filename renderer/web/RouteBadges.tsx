import LinkIcon from 'lucide-react/icons/link';
import SignalGoodIcon from 'lucide-react/icons/signal-high';
import SignalFairIcon from 'lucide-react/icons/signal-medium';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-schemas.ts';
import { Icon, type IconShape } from '../features/shared/Icon.tsx';
import type { RelayConnectionState } from './relay-connection.ts';
import { publisherSegment, type RouteSegment, relaySegment } from './route-segment.ts';
import '../features/connection/connection.css';

const icons: Record<RouteSegment['level'], IconShape> = {
  good: SignalGoodIcon,
  fair: SignalFairIcon,
  poor: WarningIcon,
  unknown: LinkIcon,
};

interface RouteBadgesProps {
  connection: RelayConnectionState;
  report: PullReport | null;
}

/**
 * Badges for the two segments of the route: from this browser to the relay, and from the relay to the
 * publisher.
 */
export function RouteBadges({ connection, report }: RouteBadgesProps): JSX.Element {
  const upstream = publisherSegment(report);
  return (
    <div className="route">
      {connection.connected ? (
        <Badge
          segment={relaySegment(connection.transport, connection.rttMs)}
          testId="hop-relay"
          data={{ 'data-transport': connection.transport }}
        />
      ) : null}
      {upstream ? (
        <Badge segment={upstream} testId="hop-publisher" data={{ 'data-kind': report?.upstream?.kind }} />
      ) : null}
    </div>
  );
}

interface BadgeProps {
  segment: RouteSegment;
  testId: string;
  data: Readonly<Record<`data-${string}`, string | undefined>>;
}

function Badge({ segment, testId, data }: BadgeProps): JSX.Element {
  return (
    <span
      className="connection-badge route-badge"
      data-testid={testId}
      data-level={segment.level}
      title={segment.tooltip}
      {...data}
    >
      <Icon icon={icons[segment.level]} size={16} />
      <span className="connection-text">{segment.text}</span>
    </span>
  );
}
