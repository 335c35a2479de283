// First, so that the components' own rules come after it.
import '../styles/base.css';

import { type JSX, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { messageOf } from '../../common/base/errors.ts';
import { useMediaQuery } from '../features/shared/readable.ts';
import { ToastList } from '../features/shared/ToastList.tsx';
import { Toasts } from '../features/shared/toasts.ts';
import { RelayClient } from './relay-client.ts';
import './web.css';

/** What every page of a relay has. */
export interface PageParts {
  relay: RelayClient;
  toasts: Toasts;
  /** Says that something failed. */
  onFault(error: unknown): void;
}

/** Shows a page, with its messages and the system's theme. */
export function renderPage(page: (parts: PageParts) => JSX.Element): void {
  const place = document.getElementById('root');
  if (!place) throw new Error('The page has no place for its contents.');
  const toasts = new Toasts();
  const parts: PageParts = {
    relay: new RelayClient(),
    toasts,
    onFault: (error) => void toasts.show(messageOf(error), { tone: 'bad' }),
  };
  addEventListener('unhandledrejection', (event) => parts.onFault(event.reason));
  createRoot(place).render(
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
