import type { JSX } from 'react';
import type { ConnectionState } from '../../../common/bridge/bridge.ts';
import { type QualityLevel, qualityBadge } from '../../../common/bridge/connection-quality.ts';
import { Icon, type IconName } from '../shared/Icon.tsx';
import './connection.css';

const icons: Record<QualityLevel, IconName> = {
  good: 'signal-good',
  fair: 'signal-fair',
  poor: 'warning',
  unknown: 'clock',
};

interface ConnectionBadgeProps {
  connection: ConnectionState | null;
  /** Whether the details panel is open. */
  open: boolean;
  onToggle(): void;
}

/** Shows the quality of a connection by colour, icon and text. A click opens the details. Renders nothing for null. */
export function ConnectionBadge({ connection, open, onToggle }: ConnectionBadgeProps): JSX.Element | null {
  if (!connection) return null;
  const badge = qualityBadge(connection);
  return (
    <button
      type="button"
      className="connection-badge"
      data-testid="connection-badge"
      data-level={badge.level}
      title={badge.tooltip}
      aria-expanded={open}
      onClick={onToggle}
    >
      <Icon name={icons[badge.level]} size={16} />
      <span className="connection-text">{badge.text}</span>
    </button>
  );
}
