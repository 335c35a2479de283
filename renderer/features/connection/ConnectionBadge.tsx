import ClockIcon from 'lucide-react/icons/clock';
import SignalGoodIcon from 'lucide-react/icons/signal-high';
import SignalFairIcon from 'lucide-react/icons/signal-medium';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import type { JSX } from 'react';
import type { ConnectionState } from '../../../common/bridge/bridge.ts';
import { type QualityLevel, qualityBadge } from '../../../common/bridge/connection-quality.ts';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import './connection.css';

const icons: Record<QualityLevel, IconShape> = {
  good: SignalGoodIcon,
  fair: SignalFairIcon,
  poor: WarningIcon,
  unknown: ClockIcon,
};

interface ConnectionBadgeProps {
  connection: ConnectionState | null;
  /** Whether the details panel is open. */
  open: boolean;
  onToggle(): void;
}

/**
 * Shows the quality of a connection by color, icon and text. Clicking it opens the details. Renders nothing
 * if the connection is null.
 */
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
      <Icon icon={icons[badge.level]} size={16} />
      <span className="connection-text">{badge.text}</span>
    </button>
  );
}
