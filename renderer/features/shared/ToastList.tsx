import CheckIcon from 'lucide-react/icons/check';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CloseIcon from 'lucide-react/icons/x';
import type { JSX, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import { Icon } from './Icon.tsx';
import { useReadable } from './readable.ts';
import type { Toasts } from './toasts.ts';
import './toasts.css';

/**
 * Toasts at the bottom of the page. Screen readers announce them as they appear. `children` is a persistent
 * message below the toasts.
 */
export function ToastList({ toasts, children }: { toasts: Toasts; children?: ReactNode }): JSX.Element {
  const list = useReadable(toasts.list);
  return (
    <section className="toasts" aria-label="Messages" aria-live="polite">
      {list.map((toast) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: hovering only keeps a toast alive.
        <div
          key={toast.id}
          className={`toast toast-${toast.tone}`}
          onMouseEnter={() => toasts.pause(toast.id)}
          onMouseLeave={() => toasts.resume(toast.id)}
          onFocus={() => toasts.pause(toast.id)}
          onBlur={() => toasts.resume(toast.id)}
        >
          {toast.tone === 'plain' ? null : <Icon icon={toast.tone === 'good' ? CheckIcon : WarningIcon} />}
          <span className="toast-text">{toast.text}</span>
          {toast.action ? (
            <button type="button" className="toast-action" onClick={() => toasts.runAction(toast.id)}>
              {toast.action.label}
            </button>
          ) : null}
          <IconButton icon={CloseIcon} label="Dismiss" onClick={() => toasts.dismiss(toast.id)} />
        </div>
      ))}
      {children}
    </section>
  );
}
