// Imported first, so that the components' rules override these base styles.
import '../styles/base.css';

import { type JSX, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { messageOf } from '../../common/base/errors.ts';
import { useMediaQuery } from '../features/shared/readable.ts';
import { ToastList } from '../features/shared/ToastList.tsx';
import { Toasts } from '../features/shared/toasts.ts';
import { RelayClient } from './relay-client.ts';
import './web.css';

/** The objects that every relay page has. */
export interface PageParts {
  relay: RelayClient;
  toasts: Toasts;
  /** Shows an error to the user. */
  onFault(error: unknown): void;
}

/** Renders a page with its toasts, in the system's theme. */
export function renderPage(page: (parts: PageParts) => JSX.Element): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no root element.');
  const toasts = new Toasts();
  const parts: PageParts = {
    relay: new RelayClient(),
    toasts,
    onFault: (error) => void toasts.show(messageOf(error), { tone: 'bad' }),
  };
  addEventListener('unhandledrejection', (event) => parts.onFault(event.reason));
  createRoot(root).render(
    <>
      <SystemTheme />
      {page(parts)}
      <ToastList toasts={toasts} />
    </>,
  );
}

function SystemTheme(): null {
  const dark = useMediaQuery('(prefers-color-scheme: dark)');
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  return null;
}
