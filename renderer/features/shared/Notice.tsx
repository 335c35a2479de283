import InfoIcon from 'lucide-react/icons/info';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CloseIcon from 'lucide-react/icons/x';
import type { JSX, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import { Icon, type IconShape } from './Icon.tsx';
import './notice.css';

interface NoticeProps {
  tone: 'plain' | 'warning';
  title?: string;
  icon?: IconShape;
  children?: ReactNode;
  actions?: ReactNode;
  onDismiss?: () => void;
}

/** A message that stays until the user acts on it or dismisses it. */
export function Notice({ tone, title, icon, children, actions, onDismiss }: NoticeProps): JSX.Element {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'warning' ? 'alert' : 'status'}>
      <Icon icon={icon ?? (tone === 'warning' ? WarningIcon : InfoIcon)} />
      <div className="notice-text">
        {title ? <strong>{title}</strong> : null}
        {children ? <div>{children}</div> : null}
        {actions ? <div className="notice-actions">{actions}</div> : null}
      </div>
      {onDismiss ? (
        <IconButton className="notice-close" icon={CloseIcon} label="Dismiss" onClick={onDismiss} />
      ) : null}
    </div>
  );
}
