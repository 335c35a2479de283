import type { ButtonHTMLAttributes, JSX, Ref } from 'react';
import './button.css';
import { Icon, type IconShape } from './Icon.tsx';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: 'primary' | 'plain' | 'ghost' | 'danger';
  size?: 'small' | 'normal' | 'large';
  icon?: IconShape;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with text and an optional icon. */
export function Button({
  variant: look = 'plain',
  size = 'normal',
  icon,
  className,
  children,
  ...rest
}: ButtonProps): JSX.Element {
  return (
    <button type="button" className={`button button-${look} button-${size} ${className ?? ''}`} {...rest}>
      {icon ? <Icon icon={icon} size={size === 'large' ? 22 : 18} /> : null}
      <span className="button-text">{children}</span>
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconShape;
  /** The action's name, for screen readers and the tooltip. */
  label: string;
  /** The keyboard shortcut for the same action, shown in the tooltip. */
  shortcut?: string;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that shows only an icon. */
export function IconButton({ icon, label, shortcut, className, ...rest }: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      className={`icon-button ${className ?? ''}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      {...rest}
    >
      <Icon icon={icon} size={22} />
    </button>
  );
}
