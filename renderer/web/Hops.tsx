import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { Icon, type IconName } from '../features/shared/Icon.tsx';
import '../features/connection/connection.css';
import type { RelayLink } from './relay-connection.ts';
import { type HopBadge, publisherHop, relayHop } from './web-view.ts';

const icons: Record<HopBadge['level'], IconName> = {
  good: 'signal-good',
  fair: 'signal-fair',
  poor: 'warning',
  unknown: 'link',
};

/** The two stretches of the way: from here to the relay, and from there to the publisher. */
export function Hops({ link, report }: { link: RelayLink; report: PullReport | null }): JSX.Element {
  const upstream = publisherHop(report);
  return (
    <div className="hops">
      {link.connected ? (
        <Hop
          badge={relayHop(link.transport, link.rttMs)}
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
  badge: HopBadge;
  testId: string;
  detail: Readonly<Record<`data-${string}`, string | undefined>>;
}): JSX.Element {
  return (
    <span
      className="link-badge hop"
      data-testid={testId}
      data-level={badge.level}
      title={badge.tooltip}
      {...detail}
    >
      <Icon name={icons[badge.level]} size={16} />
      <span className="link-text">{badge.text}</span>
    </span>
  );
}
