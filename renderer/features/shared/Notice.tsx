import type { JSX, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import { Icon, type IconName } from './Icon.tsx';
import './notice.css';

interface NoticeProps {
  tone: 'plain' | 'warning';
  title?: string;
  icon?: IconName;
  children?: ReactNode;
  actions?: ReactNode;
  onDismiss?: () => void;
}

/** A message that stays until the user acts on it or dismisses it. */
export function Notice({ tone, title, icon, children, actions, onDismiss }: NoticeProps): JSX.Element {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'warning' ? 'alert' : 'status'}>
      <Icon name={icon ?? (tone === 'warning' ? 'warning' : 'info')} />
      <div className="notice-text">
        {title ? <strong>{title}</strong> : null}
        {children ? <div>{children}</div> : null}
        {actions ? <div className="notice-actions">{actions}</div> : null}
      </div>
      {onDismiss ? (
        <IconButton className="notice-close" icon="close" label="Dismiss" onClick={onDismiss} />
      ) : null}
    </div>
  );
}
