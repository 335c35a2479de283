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
  /** Whether the details are open. */
  open: boolean;
  onToggle(): void;
}

/** How the connection is doing: colour, icon and words say the same. It opens the details. */
export function ConnectionBadge({
  connection: link,
  open,
  onToggle,
}: ConnectionBadgeProps): JSX.Element | null {
  if (!link) return null;
  const badge = qualityBadge(link);
  return (
    <button
      type="button"
      className="link-badge"
      data-testid="link-badge"
      data-level={badge.level}
      title={badge.tooltip}
      aria-expanded={open}
      onClick={onToggle}
    >
      <Icon name={icons[badge.level]} size={16} />
      <span className="link-text">{badge.text}</span>
    </button>
  );
}
