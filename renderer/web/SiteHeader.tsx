import type { JSX } from 'react';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { Logo } from '../features/shared/Logo.tsx';
import '../features/shared/top-bar.css';

/** The head of a relay's pages. Its link keeps the token that the page was opened with. */
export function SiteHeader(): JSX.Element {
  const start = new URL('/', location.href);
  const token = new URL(location.href).searchParams.get(RELAY_TOKEN_PARAM);
  if (token) start.searchParams.set(RELAY_TOKEN_PARAM, token);
  return (
    <header className="topbar">
      <a className="topbar-brand site-brand" href={start.href}>
        <Logo size={28} />
        <span>Iroh Live</span>
      </a>
      <div className="topbar-space" />
    </header>
  );
}
